"""The tables of docs/classic.md: `python -m sagemaker_rl_container.toolkits.ray.classic.document` writes them anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sagemaker_rl_container.toolkits.ray.classic.keys.experiment import EXPERIMENT, REMOVED
from sagemaker_rl_container.toolkits.ray.classic.keys.key import Key
from sagemaker_rl_container.toolkits.ray.classic.keys.model import MODEL
from sagemaker_rl_container.toolkits.ray.classic.tables import TABLES


def tables() -> dict[str, str]:
    """The tables by name."""
    torch, tensorflow = TABLES["torch"], TABLES["tensorflow"]
    both = [
        (name, _fate(torch.config.get(name)), _fate(tensorflow.config.get(name)))
        for name in sorted(torch.config.keys() | tensorflow.config.keys(), key=str.lower)
    ]
    stops = [(name, torch.stop[name], tensorflow.stop[name]) for name in sorted(torch.stop)]
    return {
        "config": _table(("key of `config`", "with PyTorch", "with TensorFlow"), both),
        "model": _table(("key of `model`", "with PyTorch"), [(name, _fate(key)) for name, key in _sorted(MODEL)]),
        "training": _table(("key", "today"), [(name, _fate(key)) for name, key in _sorted(EXPERIMENT)]),
        "stop": _table(("figure in `stop`", "with PyTorch", "with TensorFlow"), stops),
        "algorithms": _table(("removed algorithm", "comes nearest"), sorted(REMOVED.items())),
    }


def written(text: str) -> str:
    """A document with its tables as they should be: each stands between `<!-- name -->` and `<!-- end -->`."""
    for name, table in tables().items():
        before, mark, after = text.partition(f"<!-- {name} -->\n")
        text = before + mark + table + "\n" + after[after.index("<!-- end -->") :]
    return text


def _sorted(keys: Mapping[str, Key]) -> list[tuple[str, Key]]:
    return sorted(keys.items(), key=lambda item: item[0].lower())


def _fate(key: Key | None) -> str:
    if key is None:
        return "unknown"
    note = key.note.replace("|", "\\|")
    if key.kind == "kept":
        return "the same"
    if key.kind == "ignored":
        return f"nothing: {note}"
    if key.kind == "refused":
        return f"refused: {note}"
    return f"`{key.new}`" + (f": {note}" if note else "")


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *((f"`{first}`", *rest) for first, *rest in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(written(document.read_text()))
