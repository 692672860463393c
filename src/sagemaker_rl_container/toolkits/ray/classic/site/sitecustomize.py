"""Python imports this at its start in the processes of a Ray job: it lets them find what classic scripts import.

It shadows another sitecustomize, such as Debian's, and so runs that one afterwards.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path

_here = Path(__file__).resolve().parent


def _run(spec):  # type: ignore[no-untyped-def] # typing alone would take longer than all the rest
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_run(importlib.util.spec_from_file_location("_sagemaker_rl_imports", _here.parent / "imports.py")).install(
    sys.meta_path
)

if _other := PathFinder.find_spec("sitecustomize", [each for each in sys.path if Path(each).resolve() != _here]):
    _run(_other)
