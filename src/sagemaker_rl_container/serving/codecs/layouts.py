"""What an instance of a request is: the observation of one agent or of several, with states or without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from sagemaker_rl_container.policies.manifest import Manifest
from sagemaker_rl_container.serving.codecs.forms import Forms
from sagemaker_rl_container.serving.policy import Decision, Rows


class Layout(Protocol):
    """How the instances of requests to a model are made.

    Attributes:
        instance_type: The msgspec type of an instance.
    """

    instance_type: Any

    def gather(self, instances: Sequence[Any]) -> dict[str, Rows]:
        """What each policy is asked, from decoded instances."""

    def scatter(self, rows: Mapping[str, Rows], decisions: Mapping[str, Decision], count: int) -> list[Any]:
        """The prediction of each of `count` instances."""

    def describe(self) -> str:
        """What an instance is, in a few words."""


def layout_of(manifest: Manifest) -> Layout:
    """The layout for the policies of a model."""
    forms = {name: Forms(exported) for name, exported in manifest.policies.items()}
    if manifest.agents:
        agents = {agent: Agent(policy, forms[policy]) for agent, policy in manifest.agents.items()}
        return SeveralAgents(agents)
    ((name, form),) = forms.items()
    return RememberingAgent(name, form) if form.state_type else OneAgent(name, form)


class OneAgent:
    """An instance is an observation, a prediction an action."""

    def __init__(self, policy: str, forms: Forms) -> None:
        self._policy, self._forms = policy, forms
        self.instance_type = forms.observation_type

    def gather(self, instances: Sequence[Any]) -> dict[str, Rows]:
        """Takes every instance for a row."""
        return {self._policy: Rows(self._forms.observations(instances))}

    def scatter(self, rows: Mapping[str, Rows], decisions: Mapping[str, Decision], count: int) -> list[Any]:
        """Takes every action for a prediction."""
        return self._forms.actions(decisions[self._policy])

    def describe(self) -> str:
        """The observation."""
        return "observations of " + self._forms.describe()


class RememberingAgent:
    """An instance is `{"observation": …, "state": …}`, a prediction `{"action": …, "state": …}`."""

    def __init__(self, policy: str, forms: Forms) -> None:
        self._policy, self._forms = policy, forms
        self.instance_type = _with_state(forms.observation_type, forms.state_type)

    def gather(self, instances: Sequence[Any]) -> dict[str, Rows]:
        """Takes every instance for a row; one without a state begins an episode."""
        observations = self._forms.observations([each.observation for each in instances])
        return {self._policy: Rows(observations, self._forms.states([each.state for each in instances]))}

    def scatter(self, rows: Mapping[str, Rows], decisions: Mapping[str, Decision], count: int) -> list[Any]:
        """Gives every action with its state."""
        decision = decisions[self._policy]
        pairs = zip(self._forms.actions(decision), self._forms.next_states(decision), strict=True)
        return [{"action": action, "state": state} for action, state in pairs]

    def describe(self) -> str:
        """The observation, and the state."""
        return 'objects {"observation": …, "state": …}, the state left out at first, with ' + self._forms.describe()


class Agent(NamedTuple):
    """An agent: its policy's ID, and that policy's forms."""

    policy: str
    forms: Forms


class SeveralAgents:
    """An instance is `{agent: observation}` for the agents that are to act, a prediction `{agent: action}`.

    Where a policy remembers, an instance is `{"observation": {agent: …}, "state": {agent: …}}`.
    """

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        self._agents = agents
        observations = _optional({name: agent.forms.observation_type for name, agent in agents.items()}, "Observations")
        states = {name: agent.forms.state_type for name, agent in agents.items() if agent.forms.state_type}
        self._remembering = bool(states)
        self.instance_type = observations
        if states:
            self._state_fields = {name: f"field_{i}" for i, name in enumerate(states)}
            self.instance_type = _with_state(observations, _optional(states, "States"))

    def gather(self, instances: Sequence[Any]) -> dict[str, Rows]:
        """Sorts the agents' observations by policy, over all instances."""
        asked: dict[str, list[tuple[int, str, Any, Any]]] = defaultdict(list)
        for index, instance in enumerate(instances):
            for name, observation, state in self._present(instance):
                asked[self._agents[name].policy].append((index, name, observation, state))
        return {policy: self._rows(rows) for policy, rows in asked.items()}

    def scatter(self, rows: Mapping[str, Rows], decisions: Mapping[str, Decision], count: int) -> list[Any]:
        """Gives every agent of every instance its action, and its state if it has one."""
        actions: list[dict[str, Any]] = [{} for _ in range(count)]
        states: list[dict[str, Any]] = [{} for _ in range(count)]
        for policy, decision in decisions.items():
            places = rows[policy].places or ()
            forms = self._agents[places[0][1]].forms
            for (index, name), action in zip(places, forms.actions(decision), strict=True):
                actions[index][name] = action
            for (index, name), state in zip(places, forms.next_states(decision), strict=False):
                states[index][name] = state
        if not self._remembering:
            return actions
        return [{"action": action, "state": state} for action, state in zip(actions, states, strict=True)]

    def describe(self) -> str:
        """The agents' observations."""
        told = ", ".join(f"{name} ({agent.forms.describe()})" for name, agent in self._agents.items())
        form = '{"observation": {agent: …}, "state": {agent: …}}' if self._remembering else "{agent: observation}"
        return f"objects {form} with the agents {told}"

    def _present(self, instance: Any) -> Iterator[tuple[str, Any, Any]]:
        observations = instance.observation if self._remembering else instance
        states = instance.state if self._remembering else UNSET
        for i, name in enumerate(self._agents):
            observation = getattr(observations, f"field_{i}")
            if observation is not UNSET:
                known = states is not UNSET and name in self._state_fields
                yield name, observation, getattr(states, self._state_fields[name]) if known else UNSET

    def _rows(self, asked: list[tuple[int, str, Any, Any]]) -> Rows:
        forms = self._agents[asked[0][1]].forms
        observations = forms.observations([observation for _, _, observation, _ in asked])
        states = forms.states([state for _, _, _, state in asked])
        return Rows(observations, states, [(index, name) for index, name, _, _ in asked])


def _with_state(observation: Any, state: Any) -> Any:
    fields: list[Any] = [("observation", observation), ("state", state | UnsetType, UNSET)]
    return msgspec.defstruct("Instance", fields, forbid_unknown_fields=True)


def _optional(types: Mapping[str, Any], name: str) -> Any:
    """An object, any of whose keys may be missing."""
    fields: list[Any] = [(f"field_{i}", each | UnsetType, UNSET) for i, each in enumerate(types.values())]
    names = {f"field_{i}": key for i, key in enumerate(types)}
    return msgspec.defstruct(name, fields, rename=names, forbid_unknown_fields=True)
