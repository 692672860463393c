"""Several agents, as `config.multiagent` says it: policies as tuples, and mapping functions of an agent's id alone."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.environments.spaces import to_gymnasium

_KEYS = ("policies", "policy_mapping_fn", "policies_to_train", "observation_fn", "replay_mode", "count_steps_by")


@dataclass(frozen=True)
class PolicyOf:
    """The policy of an agent: of its id alone, as the old function takes it."""

    old: Callable[..., str]

    def __call__(self, agent_id: Any, *args: Any, **kwargs: Any) -> str:
        """Called by RLlib for each agent of an episode."""
        return self.old(agent_id)


@dataclass(frozen=True)
class Agents:
    """Several agents.

    Attributes:
        policies: The spaces of each policy by its id; None for those of the environment.
        policy_of: The policy of an agent.
        to_train: The policies that learn; None: all.
        settings: The policies' own settings, today's names, by policy.
    """

    policies: Mapping[str, tuple[Any, Any]]
    policy_of: PolicyOf
    to_train: tuple[str, ...] | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_agents(old: Mapping[str, Any], translate: Callable[[Mapping[str, Any], str], Mapping[str, Any]]) -> Agents:
    """Reads `config.multiagent`.

    Args:
        old: What it says.
        translate: Translates the settings of a policy, under a name for messages.

    Raises:
        ClassicScriptError: A key is unknown, a policy brings a class of its own, or there is no mapping function.
    """
    for key in old:
        if key not in _KEYS or (key == "observation_fn" and old[key]):
            raise _unknown(key)
    policies = {name: _spec(name, spec) for name, spec in dict(old.get("policies") or {}).items()}
    mapping = old.get("policy_mapping_fn")
    if not policies or not callable(mapping):
        raise ClassicScriptError(
            "config.multiagent needs policies and a policy_mapping_fn",
            where="get_experiment_config()",
            expected='{"policies": {"id": (None, observation_space, action_space, {})}, "policy_mapping_fn": function}',
            do="add what is missing",
        )
    train = old.get("policies_to_train")
    return Agents(
        policies={name: (spec[0], spec[1]) for name, spec in policies.items()},
        policy_of=PolicyOf(mapping),
        to_train=None if train is None else tuple(train),
        settings={
            name: translate(spec[2], f"config.multiagent.policies.{name}") for name, spec in policies.items() if spec[2]
        },
    )


def _spec(name: str, spec: Any) -> tuple[Any, Any, Mapping[str, Any]]:
    policy_class, observation_space, action_space, settings = (*(spec or ()), None, None, None, None)[:4]
    if policy_class is not None and not getattr(policy_class, "__module__", "").startswith("ray.rllib."):
        raise ClassicScriptError(
            f"the policy {name!r} has a class of its own, {policy_class!r}",
            where="config.multiagent in get_experiment_config()",
            expected="None, for the algorithm's own",
            do="write an RLModule: RLlib has no policy classes any more",
        )
    spaces = [None if space is None else to_gymnasium(space) for space in (observation_space, action_space)]
    return spaces[0], spaces[1], settings or {}


def _unknown(key: str) -> ClassicScriptError:
    nearest = difflib.get_close_matches(key, _KEYS, n=1)
    if key == "observation_fn":
        what, do = "config.multiagent.observation_fn is not there any more", "write an env-to-module connector"
    else:
        what = f"config.multiagent has an unknown key {key!r}" + (f"; did you mean {nearest[0]}?" if nearest else "")
        do = "correct or remove it"
    return ClassicScriptError(what, where="get_experiment_config()", expected="one of " + ", ".join(_KEYS), do=do)
