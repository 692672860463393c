"""Heads of nested actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import tree

from sagemaker_rl_container.toolkits.ray.export.heads.base import Choice, Head


@dataclass(frozen=True)
class Joint:
    """Dict and Tuple actions: a head for each leaf, in the order of dm_tree, which sorts the keys of a dict."""

    name: str
    parts: tuple[Head, ...]
    structure: Any

    @property
    def choice(self) -> Choice:
        """That of the parts, if they agree."""
        choices = {part.choice for part in self.parts}
        return choices.pop() if len(choices) == 1 else "mixed"

    @property
    def width(self) -> int:
        """That of all parts."""
        return sum(part.width for part in self.parts)

    @property
    def noise(self) -> int:
        """That of all parts."""
        return sum(part.noise for part in self.parts)

    def best(self, logits: torch.Tensor) -> Any:
        """Of each part."""
        split = torch.split(logits, [part.width for part in self.parts], dim=-1)
        return self._arrange([part.best(piece) for part, piece in zip(self.parts, split, strict=True)])

    def draw(self, logits: torch.Tensor, noise: torch.Tensor) -> Any:
        """Of each part, from noise of its own."""
        split = torch.split(logits, [part.width for part in self.parts], dim=-1)
        noises = torch.split(noise, [part.noise for part in self.parts], dim=-1)
        drawn = [part.draw(*pieces) for part, *pieces in zip(self.parts, split, noises, strict=True)]
        return self._arrange(drawn)

    def alternatives(self, offset: int = 0) -> Any:
        """Of each part."""
        found = []
        for part in self.parts:
            found.append(part.alternatives(offset))
            offset += part.width
        return self._arrange(found)

    def _arrange(self, leaves: list[Any]) -> Any:
        return tree.unflatten_as(self.structure, leaves)
