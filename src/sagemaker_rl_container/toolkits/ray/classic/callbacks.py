"""Callbacks as a dictionary of functions, each given an `info`: `{"on_episode_end": function}`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from ray.rllib.callbacks.callbacks import RLlibCallback

from sagemaker_rl_container.errors import ClassicScriptError

_EVENTS = ("on_episode_start", "on_episode_step", "on_episode_end", "on_sample_end", "on_train_result")
_OLD_STACK = "on_postprocess_traj"
_WINDOW = 100  # episodes


def callbacks_of(value: Any) -> list[type[Any]]:
    """The classes of callbacks that a configuration's `callbacks` comes to.

    Args:
        value: A class, several classes, or a dictionary of functions by event.

    Raises:
        ClassicScriptError: An event is unknown, or RLlib has it no more.
    """
    if not isinstance(value, Mapping):
        return list(value) if isinstance(value, list | tuple) else [value]
    for event, function in value.items():
        if event not in _EVENTS or not callable(function):
            raise _wrong(event, function)
    return [_class_of({event: function for event, function in value.items() if function is not None})]


class OldEpisode:
    """An episode as old functions know it.

    Args:
        episode: The episode of either API stack.
    """

    def __init__(self, episode: Any) -> None:
        self.episode = episode
        kept = getattr(episode, "custom_data", None)
        if kept is None:  # the old API stack's, which has both
            self.user_data, self.custom_metrics = episode.user_data, episode.custom_metrics
        else:
            self.user_data = kept.setdefault("user_data", {})
            self.custom_metrics = kept.setdefault("custom_metrics", {})

    @property
    def episode_id(self) -> Any:
        """Its id."""
        return getattr(self.episode, "id_", None) or self.episode.episode_id

    @property
    def length(self) -> int:
        """Its steps so far."""
        return len(self.episode) if hasattr(self.episode, "__len__") else int(self.episode.length)

    @property
    def total_reward(self) -> float:
        """The sum of its rewards so far."""
        return float(getattr(self.episode, "total_reward", None) or self._return())

    def last_info_for(self, agent_id: Any = None) -> Any:
        """What the environment has said beside the newest observation."""
        return self._last("get_infos", "last_info_for", agent_id)

    def last_observation_for(self, agent_id: Any = None) -> Any:
        """The newest observation."""
        return self._last("get_observations", "last_raw_obs_for", agent_id)

    def last_action_for(self, agent_id: Any = None) -> Any:
        """The newest action."""
        return self._last("get_actions", "last_action_for", agent_id)

    def _return(self) -> float:
        return float(self.episode.get_return()) if hasattr(self.episode, "get_return") else 0.0

    def _last(self, new: str, old: str, agent_id: Any) -> Any:
        if hasattr(self.episode, new):
            newest = getattr(self.episode, new)(-1)
            return newest.get(agent_id) if agent_id is not None and isinstance(newest, dict) else newest
        return getattr(self.episode, old)(*([] if agent_id is None else [agent_id]))


class OldEnvironments:
    """The environments of an env runner as old functions know them."""

    def __init__(self, environments: Any) -> None:
        self._environments = environments

    def get_unwrapped(self) -> list[Any]:
        """The environments as the script has made them."""
        if hasattr(self._environments, "get_sub_environments"):
            made = self._environments.get_sub_environments()
        else:
            made = getattr(self._environments, "envs", None) or [self._environments]
        return [getattr(getattr(each, "unwrapped", each), "old", each) for each in made]

    get_sub_environments = get_unwrapped


def _class_of(functions: Mapping[str, Callable[[dict[str, Any]], Any]]) -> type[Any]:
    """A class of callbacks: RLlib makes an instance in each process."""

    class DictCallbacks(RLlibCallback):  # type: ignore[misc] # to mypy ray is Any
        """The functions of a dictionary."""

    for event in functions:
        setattr(DictCallbacks, event, _method(event, functions[event]))
    return DictCallbacks


def _method(event: str, function: Callable[[dict[str, Any]], Any]) -> Callable[..., None]:
    if event == "on_train_result":

        def on_train_result(self: Any, *, algorithm: Any, result: dict[str, Any], **kwargs: Any) -> None:
            function({"trainer": algorithm, "agent": algorithm, "result": result})

        return on_train_result
    if event == "on_sample_end":

        def on_sample_end(self: Any, *, samples: Any, **kwargs: Any) -> None:
            function({"worker": kwargs.get("env_runner") or kwargs.get("worker"), "samples": samples})

        return on_sample_end

    def on_episode(self: Any, *, episode: Any, **kwargs: Any) -> None:
        old = OldEpisode(episode)
        function({"episode": old, **_around(kwargs)})
        metrics = kwargs.get("metrics_logger")
        if event == "on_episode_end" and metrics is not None:
            for name, value in old.custom_metrics.items():
                metrics.log_value(("custom_metrics", name), value, window=_WINDOW)

    return on_episode


def _around(given: Mapping[str, Any]) -> dict[str, Any]:
    environments = given.get("env") or given.get("base_env")
    module = given.get("rl_module")
    return {
        "env": OldEnvironments(environments),
        "policy": given.get("policies", module),
        "worker": given.get("worker"),
    }


def _wrong(event: str, function: Any) -> ClassicScriptError:
    nearest = difflib.get_close_matches(event, _EVENTS, n=1)
    if event == _OLD_STACK:
        what, do = "config.callbacks.on_postprocess_traj is no event any more", "write a learner connector instead"
    elif event in _EVENTS:
        what, do = f"config.callbacks.{event} is {function!r}", "give a function that takes an info"
    else:
        what = f"config.callbacks has an unknown event {event!r}" + (f"; did you mean {nearest[0]}?" if nearest else "")
        do = "correct or remove it"
    return ClassicScriptError(what, where="get_experiment_config()", expected="one of " + ", ".join(_EVENTS), do=do)
