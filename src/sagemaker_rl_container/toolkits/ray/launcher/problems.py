"""How it is told that what a launcher was asked for cannot be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from sagemaker_rl_container.errors import LauncherConfigError


def unknown(
    kind: str, name: str, known: Iterable[str], where: str, successors: Mapping[str, str] | None = None
) -> LauncherConfigError:
    """A name that does not exist.

    Args:
        kind: What it would be the name of, such as "key".
        name: The name.
        known: The names that exist.
        where: Where it was found.
        successors: What other names, former ones above all, are called now.
    """
    names = sorted(known)
    successor = (successors or {}).get(name, "")
    near = [successor] if successor else nearest(name, names)
    meant = f"; did you mean {near[0]}?" if near else ""
    return LauncherConfigError(
        f"there is no {kind} {name!r}{meant}",
        where=where,
        expected="one of " + ", ".join(near or (names if len(names) <= 20 else nearest(name, names, 5, 0.0))),
        do="correct or remove it",
    )


def nearest(name: str, names: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """The names that look most like one, best first, whatever their case."""
    folded = {each.lower(): each for each in names}
    return [folded[each] for each in difflib.get_close_matches(name.lower(), folded, n=count, cutoff=cutoff)]


def refused(error: BaseException) -> str:
    """What an error of RLlib says, as one line."""
    return " ".join(str(error).split())[:600] or repr(error)
