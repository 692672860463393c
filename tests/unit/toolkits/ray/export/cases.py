"""Every family of policies that is exported: docs/exports.md has a line for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple
from ray.rllib.algorithms.appo import APPOConfig
from ray.rllib.algorithms.bc import BCConfig
from ray.rllib.algorithms.cql import CQLConfig
from ray.rllib.algorithms.dqn import DQNConfig
from ray.rllib.algorithms.impala import IMPALAConfig
from ray.rllib.algorithms.marwil import MARWILConfig
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.algorithms.sac import SACConfig
from ray.rllib.connectors.env_to_module import FlattenObservations, MeanStdFilter
from ray.rllib.connectors.env_to_module.frame_stacking import FrameStackingEnvToModule
from ray.rllib.connectors.learner.frame_stacking import FrameStackingLearner
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from tests.unit.toolkits.ray.export.modules import AttentionModule, MaskedModule
from tests.unit.toolkits.ray.export.recording import Recorder, Turns

FLAT = Box(-1.0, 1.0, (3,))
IMAGE = Box(0.0, 1.0, (16, 16, 1))
PAIR = Box(-2.0, 5.0, (2,))
CNN = {"conv_filters": [[4, 4, 2], [8, 4, 2]], "fcnet_hiddens": [16]}
LSTM = {"fcnet_hiddens": [16], "use_lstm": True, "lstm_cell_size": 8, "max_seq_len": 4}
MIXED = Dict({"speed": FLAT, "gear": Discrete(3), "lamps": Tuple((MultiBinary(2), MultiDiscrete([2, 3])))})
ACTIONS = Dict({"steer": PAIR, "gear": Discrete(3), "lamps": Tuple((MultiDiscrete([2, 3]), Discrete(2)))})
MASKED = Dict({"values": FLAT, "allowed": MultiBinary(3)})

ON_POLICY = {"train_batch_size_per_learner": 64, "minibatch_size": 64, "num_epochs": 1}
OFF_POLICY = {"train_batch_size_per_learner": 32, "num_steps_sampled_before_learning_starts": 16}
REPLAY = {**OFF_POLICY, "replay_buffer_config": {"type": "PrioritizedEpisodeReplayBuffer", "capacity": 1000}}
WHOLE_EPISODES = {**OFF_POLICY, "replay_buffer_config": {"type": "EpisodeReplayBuffer", "capacity": 1000}}
OFFLINE = {"train_batch_size_per_learner": 32}


@dataclass(frozen=True)
class Case:
    """A family of policies.

    Attributes:
        name: The algorithm, and what is special.
        config: The algorithm's configuration.
        observation: Observation space.
        action: Action space.
        model: RLlib's model_config.
        training: Arguments of its training().
        connectors: Between environment and module.
        sections: Further sections of the configuration.
        offline: Learns from recorded episodes.
    """

    name: str
    config: Callable[[], Any] = PPOConfig
    observation: Space[Any] = field(default_factory=lambda: FLAT)
    action: Space[Any] = field(default_factory=lambda: Discrete(3))
    model: dict[str, Any] = field(default_factory=lambda: {"fcnet_hiddens": [16, 16]})
    training: dict[str, Any] = field(default_factory=lambda: ON_POLICY)
    connectors: Callable[[], list[Any]] | None = None
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    offline: bool = False
    agents: dict[str, str] = field(default_factory=dict)

    def configure(self, episodes: Path | None = None) -> Any:
        """The configuration of a tiny algorithm, whose environment runs in this process.

        Args:
            episodes: What to learn from, offline.
        """
        config = self.config().env_runners(num_env_runners=0).debugging(seed=3)
        config.environment(Turns if self.agents else Recorder, env_config=self._spaces())
        config.training(**self.training).rl_module(model_config=self.model)
        # An offline algorithm samples none.
        config.reporting(min_time_s_per_iteration=0, min_sample_timesteps_per_iteration=0 if episodes else 32)
        if self.connectors:
            make = self.connectors
            config.env_runners(env_to_module_connector=lambda env, spaces, device: make())
        if self.agents:
            mapping = self.agents
            config.multi_agent(policies=set(mapping.values()), policy_mapping_fn=lambda agent, *_, **__: mapping[agent])
        if episodes:
            config.offline_data(
                input_=[str(episodes)],
                input_compress_columns=[],
                dataset_num_iters_per_learner=2,  # RLlib's CQL fails with one
                map_batches_kwargs={"concurrency": 1, "num_cpus": 0.5},
                iter_batches_kwargs={"prefetch_batches": 0},
            )
            config.evaluation(evaluation_interval=1000, evaluation_num_env_runners=0)
        for section, values in self.sections.items():
            getattr(config, section)(**values)
        return config

    def _spaces(self) -> dict[str, Any]:
        if not self.agents:
            return {"observation": self.observation, "action": self.action}
        several = {"observations": self.observation, "actions": self.action}
        return {name: dict.fromkeys(self.agents, space) for name, space in several.items()}


def _stacked() -> Case:
    learner = {"learner_connector": lambda *_: FrameStackingLearner(num_frames=3)}
    return Case(
        "PPO, FrameStacking",
        observation=IMAGE,
        model=CNN,
        training={**ON_POLICY, **learner},
        connectors=lambda: [FrameStackingEnvToModule(num_frames=3)],
    )


def _custom(module: type, **model: Any) -> dict[str, Any]:
    return {"rl_module": {"rl_module_spec": RLModuleSpec(module_class=module, model_config=model)}}


CASES = [
    Case("PPO"),
    Case("PPO", action=MultiDiscrete([2, 4])),
    Case("PPO, actions unsquashed", action=PAIR),
    Case(
        "PPO, actions clipped",
        action=PAIR,
        sections={"environment": {"normalize_actions": False, "clip_actions": True}},
    ),
    Case("PPO, images", observation=IMAGE, model=CNN),
    Case("PPO, FlattenObservations", observation=MIXED, action=ACTIONS, connectors=lambda: [FlattenObservations()]),
    Case(
        "PPO, FlattenObservations",
        observation=Tuple((Discrete(3), Box(-1.0, 1.0, (2, 2), np.float64))),
        action=Tuple((PAIR, Discrete(3))),
        connectors=lambda: [FlattenObservations()],
    ),
    Case("PPO, MeanStdFilter", connectors=lambda: [MeanStdFilter()]),
    _stacked(),
    Case("PPO, LSTM", model=LSTM),
    Case("PPO, attention of a custom RLModule", sections=_custom(AttentionModule, max_seq_len=4)),
    Case(
        "PPO, action mask of a custom RLModule", observation=MASKED, sections=_custom(MaskedModule, fcnet_hiddens=[16])
    ),
    Case("APPO", config=APPOConfig, training={"train_batch_size_per_learner": 64}),
    Case("IMPALA", config=IMPALAConfig, training={"train_batch_size_per_learner": 64}),
    Case("DQN", config=DQNConfig, training={**REPLAY, "dueling": False, "double_q": False}),
    Case("DQN, double, dueling", config=DQNConfig, training=REPLAY),
    Case("DQN, distributional", config=DQNConfig, training={**REPLAY, "num_atoms": 5, "v_min": -1.0, "v_max": 20.0}),
    Case("DQN, LSTM", config=DQNConfig, model=LSTM, training=WHOLE_EPISODES),
    Case("SAC", config=SACConfig, action=PAIR, training=OFF_POLICY),
    Case("SAC", config=SACConfig, training=OFF_POLICY),
    Case("CQL", config=CQLConfig, action=PAIR, training={**OFFLINE, "lr": None}, offline=True),
    Case("BC", config=BCConfig, training=OFFLINE, offline=True),
    Case("MARWIL", config=MARWILConfig, training=OFFLINE, offline=True),
    Case("PPO, three agents, two modules", agents={"car": "driver", "bus": "driver", "light": "signal"}),
    Case(
        "PPO, two agents, one module, MeanStdFilter",
        agents={"car": "driver", "bus": "driver"},
        connectors=lambda: [MeanStdFilter(multi_agent=True)],
    ),
]


def describe(space: Space[Any]) -> str:
    """A space in a word or two."""
    if isinstance(space, Dict | Tuple):
        parts = space.spaces.values() if isinstance(space, Dict) else space.spaces
        return f"{type(space).__name__} of {', '.join(dict.fromkeys(map(describe, parts)))}"
    if isinstance(space, Box):
        return "Box" if len(space.shape) == 1 else f"Box {'x'.join(map(str, space.shape))}"
    return type(space).__name__
