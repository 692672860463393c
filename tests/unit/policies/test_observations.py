from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies.observations import describe, validate
from sagemaker_rl_container.policies.spaces import Box, Dict, Discrete, Leaf, MultiBinary, MultiDiscrete, Tuple

BOX = Box((2,), "float32")


@pytest.mark.parametrize(
    ("space", "observations", "message"),
    [
        (BOX, np.zeros((3, 4)), r"shape \(3, 4\)"),
        (BOX, np.zeros(2), r"shape \(2,\)"),
        (BOX, np.array([["a", "b"]]), "dtype <U1"),
        (BOX, np.array([[0.0, 0.0], [np.nan, 0.0]]), "observation 1 "),
        (BOX, np.array([[0.0, 0.0], [0.0, 0.0], [0.0, -np.inf]]), "observation 2 "),
        (BOX, np.array([[1e39, 0.0]]), "observation 0 "),
        (Box((1,), "uint8"), np.array([[256]]), "observation 0 "),
        (Box((1,), "uint8"), np.array([[0.5]]), "dtype float64"),
        (Discrete(3), np.array([0, 3]), "observation 1 "),
        (Discrete(3, 5), np.array([4]), "observation 0 "),
        (MultiBinary((2,)), np.array([[0, 1], [2, 0]]), "observation 1 "),
        (MultiDiscrete((2, 3), (0, 0)), np.array([[1, 2], [0, 3]]), "observation 1 "),
    ],
)
def test_an_invalid_observation_is_named_with_what_was_found(space: Leaf, observations: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        validate(space, observations)
    assert caught.value.status == 400
    assert type(space).__name__ in caught.value.expected


def test_integers_are_fine_for_a_float_box_and_bounds_are_not_enforced() -> None:
    validate(Box((2,), "float32", -1.0, 1.0), np.array([[5, -7]]))


def test_the_smallest_and_the_greatest_of_each_space_are_valid() -> None:
    validate(Discrete(3, 5), np.array([5, 7]))
    validate(MultiDiscrete((2, 3), (0, 5)), np.array([[0, 5], [1, 7]]))
    validate(MultiBinary((2,)), np.array([[0, 1]]))
    validate(Box((1,), "uint8"), np.array([[0], [255]]))


def test_nested_spaces_are_described_with_their_parts() -> None:
    space = Dict({"camera": BOX, "body": Tuple((Discrete(2), MultiBinary((3,))))})
    assert describe(space) == (
        "Dict: camera: (Box: shape (2,), float32, finite), "
        "body: (Tuple: (Discrete: an integer from 0 to 1), (MultiBinary: shape (3,), zeros and ones))"
    )
