"""Which framework a classic script runs on: the one that the image has."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Literal

from sagemaker_rl_container.errors import ClassicScriptError

Framework = Literal["torch", "tensorflow"]


@dataclass(frozen=True)
class Choice:
    """The framework that is used.

    Attributes:
        framework: Its name.
        note: What to tell whoever expected another one.
    """

    framework: Framework
    note: str = ""


def choose_framework(wanted: Framework | None) -> Choice:
    """Chooses among the installed frameworks.

    Args:
        wanted: What the script asks for; None where it does not say, which once meant TensorFlow.

    Raises:
        ClassicScriptError: PyTorch is asked for, or neither is installed.
    """
    return choose(wanted, {name for name in ("torch", "tensorflow") if importlib.util.find_spec(name)})


def choose(wanted: Framework | None, installed: set[str]) -> Choice:
    """The same, for given frameworks."""
    if wanted == "torch" and wanted not in installed:
        raise ClassicScriptError(
            "the script asks for PyTorch (use_pytorch: True), which this image does not have",
            where="get_experiment_config()",
            expected="use_pytorch: False on this image",
            do="take an image ray-torch-cpu or ray-torch-cuda, or remove use_pytorch",
        )
    if wanted == "tensorflow" and wanted in installed:
        return Choice("tensorflow")
    if "torch" in installed:
        why = "the script asks for TensorFlow" if wanted == "tensorflow" else ""
        return Choice("torch", f"{why}, and this image has PyTorch: it trains with PyTorch" if why else "")
    if "tensorflow" in installed:
        return Choice("tensorflow")
    raise ClassicScriptError(
        "neither PyTorch nor TensorFlow is installed",
        where="this Python environment",
        expected="one of them",
        do="take one of the images ray-torch-* or ray-tensorflow-*, or pip install torch",
    )
