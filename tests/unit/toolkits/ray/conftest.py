"""One Ray for all tests, small PPO algorithms, and a process as a script finds it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def _ray() -> Iterator[None]:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.fixture
def new_script(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has JobCallback find a process that has not trained yet, and leaves the next test another."""
    from sagemaker_rl_container.toolkits.ray import session

    monkeypatch.setattr(session, "_taken", set())
    handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_script: None) -> Path:
    """A job whose /opt/ml is the temporary folder; returns its folder of checkpoints."""
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))
    monkeypatch.setenv("SM_OUTPUT_DATA_DIR", str(tmp_path / "output" / "data"))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


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
