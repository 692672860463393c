from __future__ import annotations

from typing import Any

import gymnasium
import msgspec
import numpy as np
import pytest

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.from_gymnasium import from_gymnasium
from sagemaker_rl_container.policies.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple

SPACES = [
    (gymnasium.spaces.Box(-np.inf, np.inf, (4,)), Box((4,), "float32", None, None)),
    (gymnasium.spaces.Box(0, 255, (2, 2, 3), np.uint8), Box((2, 2, 3), "uint8", 0.0, 255.0)),
    (
        gymnasium.spaces.Box(np.array([-1, -np.inf]), np.array([1.0, 1.0]), dtype=np.float64),
        Box((2,), "float64", (-1.0, None), 1.0),
    ),
    (gymnasium.spaces.Discrete(3, start=-1), Discrete(3, -1)),
    (gymnasium.spaces.MultiBinary((2, 2)), MultiBinary((2, 2))),
    (
        gymnasium.spaces.Dict({"b": gymnasium.spaces.Discrete(2), "a c": gymnasium.spaces.MultiBinary(3)}),
        Dict({"a c": MultiBinary((3,)), "b": Discrete(2)}),
    ),
    (
        gymnasium.spaces.Tuple((gymnasium.spaces.Discrete(2), gymnasium.spaces.Box(0.0, 1.0, (1,)))),
        Tuple((Discrete(2), Box((1,), "float32", 0.0, 1.0))),
    ),
    (gymnasium.spaces.MultiDiscrete([2, 3], start=[0, 5]), MultiDiscrete((2, 3), (0, 5))),
]


@pytest.mark.parametrize(("theirs", "ours"), SPACES)
def test_gymnasium_spaces_are_mirrored_and_survive_json(theirs: gymnasium.Space[Any], ours: Space) -> None:
    assert from_gymnasium(theirs) == ours
    assert msgspec.json.decode(msgspec.json.encode(ours), type=Space) == ours


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (gymnasium.spaces.Text(3), r"space Text"),
        (gymnasium.spaces.Dict({"a": gymnasium.spaces.Graph(gymnasium.spaces.Discrete(2), None)}), "space Graph"),
        (gymnasium.spaces.Dict({"a.b": gymnasium.spaces.Discrete(2)}), r"key 'a\.b'"),
        (gymnasium.spaces.Dict({3: gymnasium.spaces.Discrete(2)}), "key 3"),
    ],
)
def test_what_no_manifest_describes_is_refused_by_name(space: gymnasium.Space[Any], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        from_gymnasium(space)


def as_json(value: Any) -> Any:
    """A sample as a client would send it."""
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [as_json(part) for part in value]
    return np.asarray(value).tolist()


@pytest.mark.parametrize(("theirs", "ours"), SPACES)
def test_samples_of_a_space_are_valid_as_json(theirs: gymnasium.Space[Any], ours: Space) -> None:
    theirs.seed(0)
    samples = [as_json(theirs.sample()) for _ in range(20)]
    decoded = msgspec.json.decode(msgspec.json.encode(samples), type=list[ours.instance_type()])  # type: ignore[misc]
    assert msgspec.json.decode(msgspec.json.encode(decoded)) == samples
