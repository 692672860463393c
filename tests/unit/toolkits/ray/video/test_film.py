from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sagemaker_rl_container.toolkits.ray.video.film import FRAMES, Film


def filmed(steps: int, shape: tuple[int, ...] = (20, 40, 3)) -> Film:
    film = Film()
    for step in range(steps):
        if film.wants_frame():
            film.add(np.full(shape, step % 200, np.uint8))
    return film


def read(gif: bytes) -> Image.Image:
    return Image.open(io.BytesIO(gif))


def test_every_step_of_a_short_episode_is_a_frame_and_small_images_are_enlarged() -> None:
    with read(filmed(10).gif(10)) as image:
        assert (image.format, image.n_frames, image.size) == ("GIF", 10, (160, 80))
        assert image.info["duration"] == 100


def test_a_long_episode_has_fewer_frames_and_lasts_as_long() -> None:
    with read(filmed(3 * FRAMES).gif(30)) as image:
        assert FRAMES / 2 < image.n_frames <= FRAMES
        assert image.info["duration"] * image.n_frames == pytest.approx(3 * FRAMES / 30 * 1000, rel=0.05)


def test_large_images_are_made_smaller() -> None:
    with read(filmed(2, (400, 800, 3)).gif(30)) as image:
        assert image.size == (320, 160)


def test_an_episode_without_a_frame_makes_no_video() -> None:
    with pytest.raises(ValueError, match="no frames"):
        Film().gif(30)


def test_what_is_no_rgb_image_makes_no_video() -> None:
    film = Film()
    film.add(np.zeros((2, 2, 7)))
    with pytest.raises(TypeError):
        film.gif(30)
