"""Names of a SavedModel's inputs and outputs: the manifest's, without the dots that TensorFlow does not take."""

from __future__ import annotations

from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.spaces import Space


def leaf_names(space: Space, whole: str) -> list[str]:
    """Names of the leaves of a space, each its own.

    Args:
        space: The space.
        whole: Name of the whole: `observation` or `action`.
    """
    names = [name.replace(".", "_") for name, _ in leaves(space, whole)]
    return [name if names.count(name) == 1 else f"{name}_{i}" for i, name in enumerate(names)]
