"""A model folder in memory: its policies, and a request to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import Manifest
from sagemaker_rl_container.serving.policy import Decision, Policy, Rows, load_policy


class Question(NamedTuple):
    """A request, of whatever protocol.

    Attributes:
        rows: What each policy is asked, by its ID; those that are asked nothing are left out.
        sample: Whether actions are drawn rather than the likeliest.
        seed: Makes the draws repeatable; None: they go on where the last request's ended.
    """

    rows: Mapping[str, Rows]
    sample: bool = False
    seed: int | None = None


@dataclass(frozen=True)
class Model:
    """The policies of a model folder, loaded and warm.

    Attributes:
        manifest: What the folder holds.
        policies: Each policy by its ID.
        draws: Where the randomness of drawn actions comes from, by the policy's ID.
    """

    manifest: Manifest
    policies: Mapping[str, Policy]
    draws: Mapping[str, np.random.Generator]

    def answer(self, question: Question) -> dict[str, Decision]:
        """The decisions of the policies that are asked, by the policy's ID.

        Raises:
            InvalidRequestError: A policy has no finite action for an observation, or cannot draw actions.
        """
        if not question.sample:
            return {name: self.policies[name].decide(rows) for name, rows in question.rows.items()}
        return {
            name: self.policies[name].decide(rows, self._draws(name, question.seed))
            for name, rows in question.rows.items()
        }

    def _draws(self, name: str, seed: int | None) -> np.random.Generator:
        if name not in self.draws:
            raise InvalidRequestError(
                f"the policy {name} cannot draw its actions: it was exported without sampling",
                where="$.sample",
                expected="a request without sample, which gets the deterministic actions",
                do="leave sample out, or export the policy with export_policy(…, sampling=True)",
            )
        if seed is None:
            return self.draws[name]
        # A seed of its own for each policy: alike policies would draw alike otherwise.
        return np.random.default_rng([seed, list(self.policies).index(name)])


def load_model(model_dir: Path, threads: int = 1) -> Model:
    """Loads the policies in `model_dir`, and lets each compute once.

    Args:
        model_dir: The model folder, which may be read-only.
        threads: Threads that share the work of one request.

    Raises:
        PolicyNotFoundError: The folder holds no policy.
        PolicyFormatError: A policy cannot be loaded, or cannot compute what its manifest promises.
    """
    manifest = model_folder.read(model_dir)
    policies = {name: load_policy(exported, model_dir, threads) for name, exported in manifest.policies.items()}
    seeds = {name: each.sampling.seed for name, each in manifest.policies.items() if each.sampling}
    return Model(manifest, policies, {name: np.random.default_rng(seed) for name, seed in seeds.items()})
