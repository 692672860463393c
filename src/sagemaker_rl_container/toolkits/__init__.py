"""The RL toolkits, found by name and imported only when a job asks for one."""

from __future__ import annotations

import difflib
import importlib
from typing import cast

from sagemaker_rl_container.errors import UnknownToolkitError
from sagemaker_rl_container.toolkits.base import Toolkit

# Modules, not classes: a Coach image has no Ray to import, and a Ray image no Coach.
_MODULES = {
    "none": "sagemaker_rl_container.toolkits.none",
    "ray": "sagemaker_rl_container.toolkits.ray.engine",
}


def find_toolkit(name: str) -> Toolkit:
    """The toolkit of that name.

    Raises:
        UnknownToolkitError: There is none.
    """
    if name not in _MODULES:
        nearest = difflib.get_close_matches(name, _MODULES, n=1)
        raise UnknownToolkitError(
            f"there is no toolkit {name!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else ""),
            where="SAGEMAKER_RL_TOOLKIT",
            expected="one of " + ", ".join(sorted(_MODULES)),
            do="correct the variable, or remove it to use the image's own toolkit",
        )
    return cast(Toolkit, importlib.import_module(_MODULES[name]))
