from __future__ import annotations

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete, MultiDiscrete

from sagemaker_rl_container.toolkits.ray.export.stages import Flatten, Normalize, Stack


def test_flattening_encodes_integers_and_sorts_keys_as_rllib_does() -> None:
    space = {"b": Box(-1, 1, (1, 2)), "a": Discrete(3), "c": (MultiDiscrete([2, 2]),)}
    observation = {"b": torch.tensor([[[0.5, -0.5]]]), "a": torch.tensor([2]), "c": (torch.tensor([[1, 0]]),)}
    flat, kept = Flatten(space).apply(observation, {})
    assert (flat.tolist(), kept) == ([[0, 0, 1, 0.5, -0.5, 0, 1, 1, 0]], {})
    assert Flatten(space, ("a", "c")).apply(observation, {})[0].tolist() == [[0.5, -0.5]]


def test_normalizing_keeps_the_precision_of_large_numbers() -> None:
    stage = Normalize(np.array([1e9]), np.array([0.5]), 10.0)
    values = torch.tensor([[1e9 + 1], [1e9 + 100]], dtype=torch.float64)
    assert stage.apply(values, {})[0].tolist() == [[2.0], [10.0]]


def test_frames_are_stacked_in_order_from_black_ones() -> None:
    stage = Stack(3, (1, 1, 1), "float32")
    memory = {"frames": torch.from_numpy(stage.memory["frames"])[None]}
    seen = []
    for value in (1.0, 2.0, 3.0, 4.0):
        stacked, memory = stage.apply(torch.full((1, 1, 1, 1), value), memory)
        seen.append(stacked.flatten().tolist())
    assert seen == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]
