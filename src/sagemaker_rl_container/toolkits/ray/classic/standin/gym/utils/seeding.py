"""The old random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


class RandomState(np.random.RandomState):
    """NumPy's old generator, as gym's until 0.21, with the two methods that gym's later one had instead."""

    def integers(self, low: int, high: int | None = None, size: Any = None, **kwargs: Any) -> Any:
        """Whole numbers from `low`, below `high`."""
        return self.randint(low, high, size)

    def random(self, size: Any = None) -> Any:
        """Numbers from 0, below 1."""
        return self.random_sample(size)


def np_random(seed: int | None = None) -> tuple[RandomState, int]:
    """A generator, and the seed that it has got."""
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    generator = RandomState()
    generator.seed(seed % 2**32)
    return generator, seed


def hash_seed(seed: int | None = None, max_bytes: int = 8) -> int:
    """A seed made of another."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0])


def create_seed(a: int | None = None, max_bytes: int = 8) -> int:
    """A seed."""
    return hash_seed(a, max_bytes)
