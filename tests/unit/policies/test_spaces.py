from __future__ import annotations

from typing import Any

import gymnasium
import msgspec
import numpy as np
import pytest

from sagemaker_rl_container.errors import ExportError, InvalidRequestError
from sagemaker_rl_container.policies.spaces import (
    Box,
    Discrete,
    MultiDiscrete,
    Space,
    from_gymnasium,
    validate,
)

BOX = Box((2,), "float32")

SPACES = [
    (gymnasium.spaces.Box(-np.inf, np.inf, (4,)), Box((4,), "float32", None, None)),
    (gymnasium.spaces.Box(0, 255, (2, 2, 3), np.uint8), Box((2, 2, 3), "uint8", 0.0, 255.0)),
    (
        gymnasium.spaces.Box(np.array([-1, -np.inf]), np.array([1.0, 1.0]), dtype=np.float64),
        Box((2,), "float64", (-1.0, None), 1.0),
    ),
    (gymnasium.spaces.Discrete(3, start=-1), Discrete(3, -1)),
    (gymnasium.spaces.MultiDiscrete([2, 3], start=[0, 5]), MultiDiscrete((2, 3), (0, 5))),
]


@pytest.mark.parametrize(("theirs", "ours"), SPACES)
def test_gymnasium_spaces_are_mirrored_and_survive_json(theirs: gymnasium.Space[Any], ours: Space) -> None:
    assert from_gymnasium(theirs) == ours
    assert msgspec.json.decode(msgspec.json.encode(ours), type=Space) == ours


@pytest.mark.parametrize(("theirs", "ours"), SPACES)
def test_samples_of_a_space_are_valid_as_arrays_and_as_json(theirs: gymnasium.Space[Any], ours: Space) -> None:
    theirs.seed(0)
    samples = np.stack([np.asarray(theirs.sample()) for _ in range(20)])
    validate(ours, samples)
    decoded = msgspec.json.decode(msgspec.json.encode(samples.tolist()), type=list[ours.instance_type()])  # type: ignore[misc]
    np.testing.assert_array_equal(np.array(decoded, ours.dtype), samples)


def test_a_space_that_no_manifest_describes_is_refused_by_name() -> None:
    with pytest.raises(ExportError, match=r"Dict\('a': Discrete\(2\)\)"):
        from_gymnasium(gymnasium.spaces.Dict({"a": gymnasium.spaces.Discrete(2)}))


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
        (MultiDiscrete((2, 3), (0, 0)), np.array([[1, 2], [0, 3]]), "observation 1 "),
    ],
)
def test_an_invalid_observation_is_named_with_what_was_found(space: Space, observations: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        validate(space, observations)
    assert caught.value.status == 400
    assert type(space).__name__ in caught.value.expected


def test_integers_are_fine_for_a_float_box_and_bounds_are_not_enforced() -> None:
    validate(Box((2,), "float32", -1.0, 1.0), np.array([[5, -7]]))
