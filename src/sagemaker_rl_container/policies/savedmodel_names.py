"""Names of a SavedModel's inputs and outputs: the manifest's, without the dots that TensorFlow does not take."""

from __future__ import annotations


def savedmodel_name(name: str) -> str:
    """The name in the SavedModel of what the manifest calls `name`, such as `observation.camera`."""
    return name.replace(".", "_")
