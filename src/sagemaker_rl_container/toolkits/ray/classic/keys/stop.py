"""Figures by which training was stopped, and what they are called in today's results."""

from __future__ import annotations

from types import MappingProxyType

_SAME = {
    name: name for name in ("training_iteration", "time_total_s", "iterations_since_restore", "time_since_restore")
}

TORCH_STOP = MappingProxyType(
    _SAME
    | {f"episode_reward_{kind}": f"env_runners/episode_return_{kind}" for kind in ("mean", "min", "max")}
    | {
        "episode_len_mean": "env_runners/episode_len_mean",
        "episodes_total": "env_runners/num_episodes_lifetime",
        "timesteps_total": "num_env_steps_sampled_lifetime",
        "num_env_steps_sampled": "num_env_steps_sampled_lifetime",
        "timesteps_since_restore": "num_env_steps_sampled_lifetime",
    }
)

TENSORFLOW_STOP = MappingProxyType(
    _SAME
    | {f"episode_reward_{kind}": f"env_runners/episode_reward_{kind}" for kind in ("mean", "min", "max")}
    | {
        "episode_len_mean": "env_runners/episode_len_mean",
        "episodes_total": "env_runners/num_episodes",
        "timesteps_total": "timesteps_total",
        "num_env_steps_sampled": "num_env_steps_sampled_lifetime",
        "timesteps_since_restore": "timesteps_total",
    }
)
