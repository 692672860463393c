from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import pytest

from sagemaker_rl_container.toolkits.ray.recording.learning_curve import draw
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration


def rows(count: int) -> list[Iteration]:
    return [
        Iteration(i, env_steps=i * 4000, return_mean=i * 10.0, return_min=i * 5.0, return_max=i * 20.0)
        for i in range(1, count + 1)
    ]


def size(png: Path) -> tuple[int, int]:
    header = png.read_bytes()[:24]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", header[16:24])
    return width, height


@pytest.mark.parametrize("count", [1, 2, 200])
def test_a_picture_is_drawn_whatever_the_number_of_iterations(tmp_path: Path, count: int) -> None:
    picture = tmp_path / "learning_curve.png"
    assert draw(rows(count), picture, "PPO on CartPole-v1")
    assert size(picture) == (960, 560)
    assert list(tmp_path.iterdir()) == [picture]


def test_a_new_picture_replaces_the_old_one(tmp_path: Path) -> None:
    picture = tmp_path / "learning_curve.png"
    draw(rows(2), picture, "PPO on CartPole-v1")
    before = picture.read_bytes()
    draw(rows(3), picture, "PPO on CartPole-v1")
    assert picture.read_bytes() != before


def test_iterations_with_a_mean_but_no_range_are_drawn(tmp_path: Path) -> None:
    assert draw([Iteration(1, 40, return_mean=9.0), *rows(3)[1:]], tmp_path / "curve.png", "")


def test_nothing_is_drawn_before_the_first_episode_has_ended(tmp_path: Path) -> None:
    assert not draw([Iteration(1, env_steps=40), Iteration(2, return_mean=3.0)], tmp_path / "curve.png", "")
    assert list(tmp_path.iterdir()) == []


def test_pyplot_is_left_to_the_script(tmp_path: Path) -> None:
    from matplotlib import pyplot as plt

    draw(rows(3), tmp_path / "curve.png", "")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("policies", [2, 6, 30])
def test_several_policies_have_a_part_of_their_own(tmp_path: Path, policies: int) -> None:
    picture = tmp_path / "learning_curve.png"
    figures = {f"env_runners/module_episode_returns_mean/p{i}": float(i) for i in range(policies)}
    assert draw([Iteration(1, 40, return_mean=9.0, figures=figures), *rows(3)[1:]], picture, "PPO")
    assert size(picture) == (960, 920)


def test_evaluation_is_drawn_too(tmp_path: Path) -> None:
    plain, evaluated = tmp_path / "plain.png", tmp_path / "evaluated.png"
    draw(rows(3), plain, "")
    figures = {"evaluation/env_runners/episode_return_mean": 55.0}
    draw([*rows(2), dataclasses.replace(rows(3)[2], figures=figures)], evaluated, "")
    assert evaluated.read_bytes() != plain.read_bytes()


def test_an_evaluation_that_rllib_repeats_is_drawn_once(tmp_path: Path) -> None:
    def evaluated(value: float, seconds: float) -> dict[str, float]:
        prefix = "evaluation/env_runners"
        return {f"{prefix}/episode_return_mean": value, f"{prefix}/sample": seconds}

    once, repeated, anew = tmp_path / "once.png", tmp_path / "repeated.png", tmp_path / "anew.png"
    first, second, third = rows(3)
    first, third = dataclasses.replace(first, figures=evaluated(9, 0.7)), dataclasses.replace(third, figures={})
    draw([first, second, third], once, "")
    draw([first, dataclasses.replace(second, figures=evaluated(9, 0.7)), third], repeated, "")
    draw([first, dataclasses.replace(second, figures=evaluated(9, 0.8)), third], anew, "")
    assert repeated.read_bytes() == once.read_bytes()
    assert anew.read_bytes() != once.read_bytes()
