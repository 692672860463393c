"""The recipes of README.md and docs/sdk.md."""

from __future__ import annotations

import re

from tests.sdk.places import ROOT


def recipes(text: str) -> list[str]:
    """The blocks of Python in both documents that hold a text, in their order."""
    documents = "\n".join((ROOT / name).read_text() for name in ("README.md", "docs/sdk.md"))
    return [block for block in re.findall(r"```python\n(.*?)```", documents, re.DOTALL) if text in block]
