"""Python imports this at its start in the processes of a Ray job: it lets them find what classic scripts import.

It shadows another sitecustomize, such as Debian's, and so runs that one afterwards.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

_here = Path(__file__).resolve().parent


def _run(spec: ModuleSpec | None) -> ModuleType | None:
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if _imports := _run(importlib.util.spec_from_file_location("_sagemaker_rl_imports", _here.parent / "imports.py")):
    _imports.install(sys.meta_path)

_run(PathFinder.find_spec("sitecustomize", [each for each in sys.path if Path(each).resolve() != _here]))
