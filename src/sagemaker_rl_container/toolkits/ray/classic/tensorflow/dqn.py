"""DQN of RLlib's old API stack, which Ray 2.60 cannot build by itself."""

from __future__ import annotations

from typing import Any

from ray.rllib.algorithms import dqn
from ray.rllib.utils.from_config import from_config
from ray.rllib.utils.replay_buffers import ReplayBuffer


class DQN(dqn.DQN):  # type: ignore[misc] # to mypy ray is Any
    """RLlib's, with a replay buffer of the old API stack."""

    def _create_local_replay_buffer_if_necessary(self, config: Any) -> Any:
        # RLlib looks for a word in the name of the buffer's type, which its own validate() has made a class.
        return from_config(ReplayBuffer, config["replay_buffer_config"])
