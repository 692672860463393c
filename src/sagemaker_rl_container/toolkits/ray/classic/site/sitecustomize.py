"""Python imports this at its start in the processes of a Ray job: it lets them find what classic scripts import.

It shadows another sitecustomize, such as Debian's, and so runs that one afterwards.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from sagemaker_rl_container.toolkits.ray.classic.imports import install

install(sys.meta_path)

_others = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).resolve().parent]
if (_spec := PathFinder.find_spec("sitecustomize", _others)) and _spec.loader:
    _spec.loader.exec_module(importlib.util.module_from_spec(_spec))
