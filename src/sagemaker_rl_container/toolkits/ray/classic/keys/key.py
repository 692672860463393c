"""What becomes of an old key, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind = Literal["kept", "renamed", "translated", "ignored", "refused"]
# Gives today's settings by name; "model.use_lstm" is nested. A ValueError says why a value cannot be translated.
Translate: TypeAlias = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Key:
    """An old key.

    Attributes:
        old: Its name.
        kind: What becomes of it: the same, the same under another name, something else, nothing, or an error.
        new: Name of the successor, or names.
        note: What else there is to know: for an ignored key why it is not missed, for a refused one what to do.
        translate: Makes today's settings of the value.
        harmless: Values with which a refused key asks for nothing.
    """

    old: str
    kind: Kind
    new: str = ""
    note: str = ""
    translate: Translate | None = None
    harmless: tuple[Any, ...] = ()

    def says_nothing(self, value: Any) -> bool:
        """Whether the key, with this value, may as well be absent."""
        return self.kind == "ignored" or (self.kind == "refused" and any(_same(value, each) for each in self.harmless))


def kept(names: str) -> tuple[Key, ...]:
    """Keys, separated by blanks, that still have their names and meanings."""
    return tuple(Key(name, "kept", name) for name in names.split())


def renamed(old: str, new: str, note: str = "") -> Key:
    """A key whose value means the same under another name."""
    return Key(old, "renamed", new, note, lambda value: {new: value})


def translated(old: str, new: str, note: str, translate: Translate) -> Key:
    """A key whose value has to be changed."""
    return Key(old, "translated", new, note, translate)


def ignored(names: str, why: str) -> tuple[Key, ...]:
    """Keys, separated by blanks, that have no meaning any more and are not missed."""
    return tuple(Key(name, "ignored", note=why) for name in names.split())


def refused(names: str, do: str, harmless: tuple[Any, ...] = (None, False), new: str = "") -> tuple[Key, ...]:
    """Keys, separated by blanks, that nothing can stand in for, except with a harmless value."""
    return tuple(Key(name, "refused", new, do, harmless=harmless) for name in names.split())


def table(*parts: Key | tuple[Key, ...]) -> dict[str, Key]:
    """The keys by name; later ones go before earlier ones of the same name."""
    flat = [key for part in parts for key in (part if isinstance(part, tuple) else (part,))]
    return {key.old: key for key in flat}


def _same(value: Any, harmless: Any) -> bool:
    # False == 0, but a key that may be 0 need not be harmless as False.
    return type(value) is type(harmless) and bool(value == harmless)
