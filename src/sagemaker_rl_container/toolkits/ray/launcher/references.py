"""`module:name`: something of the user's code, named in a text."""

from __future__ import annotations

import importlib
from typing import Any

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.problems import nearest, refused


def is_reference(text: Any) -> bool:
    """Whether a value is `module:name`, module possibly in a package."""
    if not isinstance(text, str):
        return False
    module, colon, name = text.partition(":")
    return bool(colon) and all(part.isidentifier() for part in (*module.split("."), name))


def resolve(reference: str, where: str) -> Any:
    """Imports what `module:name` names.

    Raises:
        LauncherConfigError: There is no such module, it raises as it is imported, or it has no such name.
    """
    module_name, _, name = reference.partition(":")
    expected = "module:name, the module being one of the code folder or installed"
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # the user's module may raise anything
        raise LauncherConfigError(
            f"{reference!r} cannot be imported: {type(error).__name__}: {refused(error)}",
            where=where,
            expected=expected,
            do="correct the name or the module, and see that source_dir holds it",
        ) from error
    if not hasattr(module, name):
        near = nearest(name, dir(module), 1)
        raise LauncherConfigError(
            f"the module {module_name!r} has no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            where=where,
            expected=expected,
            do="correct the name",
        )
    return getattr(module, name)
