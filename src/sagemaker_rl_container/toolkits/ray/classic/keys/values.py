"""Makes today's settings of old values.

A name with dots is nested. A name that begins with @ is no setting of RLlib's: `plan` decides what it comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

_EXPLORATION = {"initial_epsilon": "initial", "final_epsilon": "final", "epsilon_timesteps": "timesteps"}
_REPLAY = {
    "MultiAgentPrioritizedReplayBuffer": "PrioritizedEpisodeReplayBuffer",
    "MultiAgentReplayBuffer": "EpisodeReplayBuffer",
    "PrioritizedReplayBuffer": "PrioritizedEpisodeReplayBuffer",
    "ReplayBuffer": "EpisodeReplayBuffer",
    "LocalReplayBuffer": "EpisodeReplayBuffer",
}
_REPLAY_KEYS = {"prioritized_replay_alpha": "alpha", "prioritized_replay_beta": "beta", "capacity": "capacity"}
_HEADS = {
    "hidden_activation": "fcnet_activation",
    "hidden_layer_sizes": "fcnet_hiddens",
    "fcnet_activation": "fcnet_activation",
    "fcnet_hiddens": "fcnet_hiddens",
    "post_fcnet_activation": "head_fcnet_activation",
    "post_fcnet_hiddens": "head_fcnet_hiddens",
}
_RATES = {
    "actor_learning_rate": "actor_lr",
    "critic_learning_rate": "critic_lr",
    "entropy_learning_rate": "alpha_lr",
}


def into(parent: str, name: str) -> Callable[[Any], dict[str, Any]]:
    """The same value, as `name` within `parent`."""
    return lambda value: {f"{parent}.{name}".lstrip("."): value}


def nested(name: str) -> Callable[[Any], dict[str, Any]]:
    """A dictionary whose keys are translated in turn."""

    def translate(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping | None):
            raise ValueError(f"it is {value!r}, and no dictionary")
        return {f"@{name}": dict(value or {})}

    return translate


def nothing(value: Any) -> dict[str, Any]:
    """Nothing at all."""
    return {}


def framework(value: Any) -> dict[str, Any]:
    """`use_pytorch`, or the name of a framework."""
    names = {True: "torch", False: "tensorflow", "torch": "torch", "tf": "tensorflow", "tf2": "tensorflow"}
    names |= {"tfe": "tensorflow", "tf1": "tensorflow"}
    if value not in names:
        raise ValueError(f"it is {value!r}, and neither torch nor tf")
    return {"@framework": names[value]}


def horizon(value: Any) -> dict[str, Any]:
    """The most steps of an episode; infinite ones are None."""
    if value is None or value == float("inf"):
        return {}
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"it is {value!r}, and no number of steps")
    return {"@horizon": value}


def monitor(value: Any) -> dict[str, Any]:
    """Whether video is wanted."""
    return {"@recording": True} if value else {}


def evaluation_interval(value: Any) -> dict[str, Any]:
    """Iterations between two evaluations."""
    return {"evaluation_interval": value or None}


def explore(value: Any) -> dict[str, Any]:
    """Whether actions are drawn."""
    return {"explore": value}


def callbacks(value: Any) -> dict[str, Any]:
    """A class of callbacks, or a dictionary of functions by event."""
    return {"@callbacks": value} if value else {}


def multiagent(value: Any) -> dict[str, Any]:
    """Policies and who uses them."""
    return {"@multiagent": dict(value)} if value else {}


def gpus(value: Any) -> dict[str, Any]:
    """GPUs that learn: a learner each, in processes of their own if there are several."""
    if not value:
        return {"num_gpus_per_learner": 0}
    return {"num_learners": int(value), "num_gpus_per_learner": 1} if value > 1 else {"num_gpus_per_learner": value}


def remote_envs(value: Any) -> dict[str, Any]:
    """Whether each environment of an env runner has a process of its own."""
    return {"gym_env_vectorize_mode": "async"} if value else {}


def observation_filter(value: Any) -> dict[str, Any]:
    """A running mean and deviation by which observations are normalised."""
    if value in ("NoFilter", None):
        return {}
    if value not in ("MeanStdFilter", "ConcurrentMeanStdFilter"):
        raise ValueError(f"it is {value!r}, and neither NoFilter nor MeanStdFilter; write a connector")
    return {"@mean_std_filter": True}


def schedule(name: str) -> Callable[[Any], dict[str, Any]]:
    """Steps and values, linear in between; today's begin with step 0."""

    def translate(value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, list | tuple) or not all(
            isinstance(point, list | tuple) and len(point) == 2 for point in value
        ):
            raise ValueError(f"it is {value!r}, and no list of [step, value]")
        points = sorted([int(step), float(each)] for step, each in value)
        if len(points) == 1:
            return {name: points[0][1]}
        return {name: points if points[0][0] == 0 else [[0, points[0][1]], *points]}

    return translate


def epsilon(name: Literal["initial", "final", "timesteps", "fraction"]) -> Callable[[Any], dict[str, Any]]:
    """A part of the schedule by which exploration becomes rarer."""
    return lambda value: {f"@epsilon.{name}": value}


def epsilon_schedule(value: Any) -> dict[str, Any]:
    """DQN's schedule of today; the number that IMPALA had under this name was for RMSProp."""
    return {"epsilon": value} if isinstance(value, list | tuple) else {}


def exploration(value: Any) -> dict[str, Any]:
    """Exploration: epsilon-greedy, or drawing from the policy's own distribution."""
    value = dict(value or {})
    kind = value.pop("type", "EpsilonGreedy" if value else "StochasticSampling")
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if name == "StochasticSampling":
        return {}
    unknown = set(value) - {*_EXPLORATION, "warmup_timesteps"}
    if name != "EpsilonGreedy" or unknown:
        what = name if name != "EpsilonGreedy" else f"EpsilonGreedy with {', '.join(sorted(unknown))}"
        raise ValueError(f"{what} is not in RLlib's new API stack; take EpsilonGreedy, or write an RLModule")
    return {f"@epsilon.{_EXPLORATION[key]}": each for key, each in value.items() if key in _EXPLORATION}


def prioritized(yes: str, no: str) -> Callable[[Any], dict[str, Any]]:
    """Whether steps are replayed by how much is to be learned from them."""
    return lambda value: {"replay_buffer_config.type": yes if value else no}


def replay_buffer(value: Any) -> dict[str, Any]:
    """A replay buffer of Ray 1.x."""
    value = dict(value or {})
    kind = value.pop("type", None)
    settings = {"replay_buffer_config.type": _REPLAY.get(kind, kind)} if kind else {}
    if "learning_starts" in value:
        settings["num_steps_sampled_before_learning_starts"] = value.pop("learning_starts")
    kept = {_REPLAY_KEYS.get(key, key): each for key, each in value.items() if not key.startswith("_enable")}
    return {**settings, **{f"replay_buffer_config.{key}": each for key, each in kept.items()}}


def sac_rates(value: Any) -> dict[str, Any]:
    """SAC's three learning rates."""
    unknown = set(value) - set(_RATES)
    if unknown:
        raise ValueError(f"it has {', '.join(sorted(unknown))}, and may have {', '.join(_RATES)}")
    return {_RATES[key]: each for key, each in value.items()}


def heads(value: Any) -> dict[str, Any]:
    """SAC's networks: both are alike today."""
    value = {_HEADS.get(key, key): each for key, each in (value or {}).items()}
    if unknown := set(value) - set(_HEADS.values()):
        raise ValueError(f"{', '.join(sorted(unknown))} needs an RLModule")
    return {f"model.{key}": each for key, each in value.items()}


def previous_action_and_reward(value: Any) -> dict[str, Any]:
    """Whether the LSTM sees what was done last, and what it brought."""
    return {"lstm_use_prev_action": bool(value), "lstm_use_prev_reward": bool(value)}


def checkpoint_freq(value: Any) -> dict[str, Any]:
    """Iterations between two checkpoints."""
    return {"checkpoint.every_iterations": int(value)} if value else {}


def keep_checkpoints(value: Any) -> dict[str, Any]:
    """How many checkpoints are kept."""
    return {"checkpoint.keep": int(value)} if value else {}


def checkpoint_score(value: Any) -> dict[str, Any]:
    """The figure by which the best checkpoint is found; `min-` before it asks for the least."""
    if not value or value == "training_iteration":
        return {}
    mode, name = ("min", value[4:]) if value.startswith("min-") else ("max", value)
    return {"@best": name, "checkpoint.mode": mode}


def num_samples(value: Any) -> dict[str, Any]:
    """How many trials are drawn."""
    return {"@num_samples": int(value)}
