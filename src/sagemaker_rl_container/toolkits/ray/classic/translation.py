"""Translates a dictionary of old keys, and keeps what became of each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.keys.key import Key


@dataclass(frozen=True)
class Row:
    """What became of a key.

    Attributes:
        old: Its old name, and where it was.
        new: Its new name; empty for nothing.
        note: What is to be known of it.
    """

    old: str
    new: str
    note: str = ""


@dataclass(frozen=True)
class Translation:
    """What became of a dictionary.

    Attributes:
        settings: Today's settings by name; those whose names begin with @ are not RLlib's.
        rows: What became of each key that has changed.
    """

    settings: Mapping[str, Any]
    rows: tuple[Row, ...] = ()


def translate(old: Mapping[str, Any], table: Mapping[str, Key], where: str, today: Iterable[str] = ()) -> Translation:
    """Translates the keys of a dictionary by a table.

    Args:
        old: The dictionary.
        table: What becomes of each old key.
        where: What to call the dictionary in messages.
        today: Names of today that may stand in it, too.

    Raises:
        ClassicScriptError: A key is unknown, or nothing can stand in for it, or its value cannot be translated.
    """
    known = set(today)
    settings: dict[str, Any] = {}
    rows: list[Row] = []
    for name, value in old.items():
        key = table.get(name) or (Key(name, "kept", name) if name in known else None)
        if key is None:
            raise _unknown(name, where, table, known)
        if key.says_nothing(value):
            rows.extend([Row(f"{where}.{name}", "", key.note)] if key.kind == "ignored" else [])
            continue
        settings_now = _settings(key, value, where)
        merge(settings, settings_now)
        if key.kind != "kept" and settings_now:
            rows.append(Row(f"{where}.{name}", key.new, key.note))
    return Translation(settings, tuple(rows))


def merge(settings: dict[str, Any], added: Mapping[str, Any]) -> None:
    """Adds settings, those with dots in their names to what they are within."""
    for name, value in added.items():
        parent, _, child = name.rpartition(".")
        if parent:
            inner = settings.setdefault(parent, {})
            inner[child] = value
        elif isinstance(value, Mapping) and isinstance(settings.get(name), dict):
            settings[name].update(value)
        else:
            settings[name] = dict(value) if isinstance(value, Mapping) else value


def _settings(key: Key, value: Any, where: str) -> Mapping[str, Any]:
    if key.kind == "refused":
        raise ClassicScriptError(
            f"{where}.{key.old} = {value!r} has no counterpart in today's RLlib",
            where="get_experiment_config()",
            expected=key.new or f"no {key.old}",
            do=key.note,
        )
    if key.translate is None:
        return {key.new: value}
    try:
        return key.translate(value)
    except (TypeError, ValueError) as error:
        raise ClassicScriptError(
            f"{where}.{key.old} cannot be translated: {error}",
            where="get_experiment_config()",
            expected=key.new,
            do="correct the value, or use today's setting",
        ) from None


def _unknown(name: str, where: str, table: Mapping[str, Key], today: set[str]) -> ClassicScriptError:
    old = difflib.get_close_matches(name, table, n=1)
    new = difflib.get_close_matches(name, today - set(table), n=1)
    nearest = " or ".join([f"the old key {each!r}" for each in old] + [f"today's {each!r}" for each in new])
    return ClassicScriptError(
        f"{where} has an unknown key {name!r}" + (f"; did you mean {nearest}?" if nearest else ""),
        where="get_experiment_config(), or a hyperparameter rl.training.…",
        expected="a key of RLlib 0.5 to 1.6, or one of today's: docs/classic.md",
        do="correct or remove the key",
    )
