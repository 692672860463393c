from __future__ import annotations

from sagemaker_rl_container.policies.leaves import join, leaves, split
from sagemaker_rl_container.policies.spaces import Box, Dict, Discrete, MultiBinary, Tuple

BOX, CHOICE = Box((2,), "float32"), Discrete(3)
NESTED = Dict({"camera": BOX, "body": Tuple((CHOICE, Dict({"touch": MultiBinary((4,))}))), "goal": CHOICE})
VALUE = {"goal": 2, "body": (1, {"touch": [0, 1, 1, 0]}), "camera": [0.5, -0.5]}


def test_leaves_are_named_by_their_path_in_the_order_of_the_space() -> None:
    assert [name for name, _ in leaves(NESTED, "observation")] == [
        "observation.camera",
        "observation.body.0",
        "observation.body.1.touch",
        "observation.goal",
    ]
    assert leaves(BOX, "action") == (("action", BOX),)


def test_an_element_is_split_and_joined_whatever_the_order_of_its_keys() -> None:
    parts = split(NESTED, VALUE)
    assert parts == [[0.5, -0.5], 1, [0, 1, 1, 0], 2]
    assert join(NESTED, parts) == VALUE
    assert split(BOX, [1.0, 2.0]) == [[1.0, 2.0]]
