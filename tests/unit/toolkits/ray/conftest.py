"""One Ray for all export tests, and small PPO algorithms trained for an iteration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def _ray() -> Iterator[None]:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


Build = Callable[..., Any]


@pytest.fixture
def build(_ray: None) -> Iterator[Build]:
    """Builds a PPO algorithm: `build("CartPole-v1", env_runners={…})`, by sections of its configuration."""
    from ray.rllib.algorithms.ppo import PPOConfig

    built: list[Any] = []

    def ppo(environment: Any, /, **sections: dict[str, Any]) -> Any:
        config = PPOConfig().environment(environment).env_runners(num_env_runners=0)
        config.training(train_batch_size_per_learner=128, minibatch_size=64, num_epochs=1)
        config.rl_module(model_config={"fcnet_hiddens": [32, 32]})
        for section, values in sections.items():
            getattr(config, section)(**values)
        built.append(config.build_algo())
        return built[-1]

    yield ppo
    for algorithm in built:
        algorithm.stop()
