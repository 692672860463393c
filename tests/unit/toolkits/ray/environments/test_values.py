from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_rl_container.toolkits.ray.environments.values import (
    observation_problem,
    reward_problem,
)

BOX = spaces.Box(-1.0, 1.0, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (2, 2, 1), np.uint8)
NESTED = spaces.Dict({"camera": IMAGE, "speed": spaces.Tuple((BOX, spaces.Discrete(4)))})
SPACES = [
    BOX,
    IMAGE,
    NESTED,
    spaces.MultiDiscrete([2, 3]),
    spaces.MultiBinary(3),
    spaces.Text(5),
    spaces.Box(-np.inf, np.inf, ()),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_whatever_a_space_samples_is_right(space: spaces.Space[Any]) -> None:
    space.seed(0)
    assert [observation_problem(space, space.sample()) for _ in range(20)] == [None] * 20


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (BOX, np.zeros(3, np.float64)),
        (BOX, [0.0, 0.5, 1.0]),
        (BOX, np.full(3, 1 + 1e-7)),
        (spaces.Discrete(4), np.int32(3)),
        (spaces.Discrete(4), np.array([3])),
    ],
)
def test_what_gymnasium_casts_is_right(space: spaces.Space[Any], value: Any) -> None:
    assert observation_problem(space, value) is None


@pytest.mark.parametrize(
    ("space", "value", "problem"),
    [
        (BOX, np.zeros(4, np.float32), "has the shape (4,), and the space Box of the shape (3,) and the dtype float32"),
        (BOX, np.array([0, 2.5, 0], np.float32), "is 2.5 at index 1, and the greatest that the space allows is 1"),
        (BOX, np.array([0, 0, -7], np.float32), "is -7 at index 2, and the least that the space allows is -1"),
        (BOX, np.array([0, np.nan, 0]), "is NaN at index 1"),
        (BOX, None, "is None (NoneType), and the space Box of the shape (3,) and the dtype float32 wants an array"),
        (IMAGE, np.zeros((2, 2, 1), np.float32), "has the dtype float32, and the space Box of the shape (2, 2, 1)"),
        (spaces.Discrete(4), 4, "is 4 (int), which is not in Discrete(4)"),
        (spaces.Discrete(4), "up", "is 'up' (str), which is not in Discrete(4)"),
        (NESTED, {"camera": IMAGE.sample()}, "lacks the key 'speed'"),
        (NESTED, {"camra": 0}, "has the key 'camra', which the space has not; did you mean 'camera'?"),
        (NESTED, 3, "is of the type int, and the space is a Dict"),
        (spaces.Tuple((BOX, BOX)), (BOX.sample(),), "and the space is a Tuple of 2"),
        (NESTED, {"camera": IMAGE.sample(), "speed": (BOX.sample(), 9)}, "['speed'][1] is 9"),
    ],
)
def test_what_is_wrong_is_told(space: spaces.Space[Any], value: Any, problem: str) -> None:
    assert problem in str(observation_problem(space, value))


@settings(deadline=None)
@given(st.floats(allow_nan=True) | st.integers() | st.text() | st.none() | st.lists(st.floats(), max_size=4))
def test_nothing_that_an_environment_returns_makes_the_check_itself_fail(value: Any) -> None:
    for space in SPACES:
        observation_problem(space, value)


@pytest.mark.parametrize(
    ("rewards", "wrong"),
    [([1.0, 2.0], None), ([1.0, np.nan], 1), ([np.inf, -np.inf], 0), ([1e308, 1e308], None), ([], None)],
)
def test_the_first_reward_that_is_not_finite_is_found(rewards: list[float], wrong: int | None) -> None:
    assert reward_problem(rewards) == wrong
