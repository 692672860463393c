"""The frames of one episode, and what is made of them: an animated GIF.

GIF, since it plays wherever a picture is shown, notebooks included, and Pillow, which writes it, is in the images with
matplotlib. MP4 would need an encoder of its own.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

FRAMES = 600  # kept of an episode; of a longer one every second, every fourth, and so on
WIDTH = 320  # pixels, at most; an image of fewer than SMALL is enlarged
SMALL = 160
FASTEST_MS = 20  # for each frame: viewers play faster ones slowly


class Film:
    """Frames of an episode, evenly spaced however long it is."""

    def __init__(self) -> None:
        self._frames: list[Any] = []
        self._stride = 1
        self._steps = 0

    def wants_frame(self) -> bool:
        """Counts a step, and tells whether it is one of those that are kept: rendering costs time."""
        self._steps += 1
        return (self._steps - 1) % self._stride == 0

    def add(self, frame: Any) -> None:
        """Keeps a frame, an RGB array of the shape (height, width, 3)."""
        self._frames.append(np.asarray(frame, np.uint8))
        if len(self._frames) > FRAMES:
            self._frames = self._frames[::2]
            self._stride *= 2

    def gif(self, frames_per_second: float) -> bytes:
        """Encodes the film.

        Args:
            frames_per_second: How fast the environment runs.

        Raises:
            ValueError: A frame is no RGB image, or there is none.
        """
        from PIL import Image

        if not self._frames:
            raise ValueError("the episode has no frames")
        images = [_sized(Image.fromarray(frame)) for frame in self._frames]
        file = io.BytesIO()
        duration = max(FASTEST_MS, round(1000 * self._stride / frames_per_second))
        images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)
        return file.getvalue()


def _sized(image: Any) -> Any:
    from PIL.Image import Resampling

    if image.width < SMALL:
        return image.resize(
            (image.width * (SMALL // image.width), image.height * (SMALL // image.width)), Resampling.NEAREST
        )
    image.thumbnail((WIDTH, image.height))
    return image
