"""What a classic script imports: `sagemaker_rl`, ours even if an old one came with the script, and `gym`.

Every Python of a Ray job loads this file at its start, by its path: to import it by its name would import half of this
package, which takes 80 ms. So nothing but the standard library is imported here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableSequence, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

TYPE_CHECKING = False  # importing it from typing takes longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_HERE = Path(__file__).resolve().parent
_SOURCES = _HERE.parents[3]

SITE = _HERE / "site"  # a folder of PYTHONPATH, by which every Python of a job installs what is here


class OwnLauncher:
    """Finds our `sagemaker_rl` first.

    Notebooks of AWS's sent their own along with the script, as a folder beside it. It cannot run on today's Ray. What
    ours does not have is still found in it.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by `import`."""
        if name != "sagemaker_rl":
            return None
        spec = PathFinder.find_spec(name, [str(_SOURCES)])
        if spec is not None and spec.submodule_search_locations is not None:
            spec.submodule_search_locations += [str(folder) for folder in uploaded_launchers()]
        return spec


class StandIn:
    """Finds the stand-in for gym last, where there is no gym, and only for a job whose code is classic."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by `import`."""
        if name != "gym":
            return None
        from sagemaker_rl_container.contract.paths import Paths

        if not is_classic(Paths.from_environ(os.environ).code):
            return None
        folder = _HERE / "standin" / "gym"
        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


def install(finders: MutableSequence[Any]) -> None:
    """Adds both finders to those of `sys.meta_path`."""
    finders.insert(0, OwnLauncher)
    finders.append(StandIn)


def uploaded_launchers() -> list[Path]:
    """Folders `sagemaker_rl` that came with the script."""
    found = [Path(folder or ".") / "sagemaker_rl" for folder in sys.path]
    return [folder for folder in dict.fromkeys(found) if folder.is_dir() and folder.parent.resolve() != _SOURCES]


def is_classic(code: Path) -> bool:
    """Whether any of the code imports the classic launcher."""
    return any(_imports_launcher(file) for file in sorted(code.rglob("*.py")))


def _imports_launcher(file: Path) -> bool:
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return False
    return any(line.lstrip().startswith((b"from sagemaker_rl.", b"import sagemaker_rl.")) for line in lines)
