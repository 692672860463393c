from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray.rllib.algorithms.bc import BCConfig
from ray.rllib.algorithms.impala import IMPALAConfig
from ray.rllib.connectors.env_to_module import MeanStdFilter
from tests.unit.toolkits.ray.export.cases import FLAT, OFFLINE, Case, Discrete
from tests.unit.toolkits.ray.export.families import record

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.ray import export_policy
from sagemaker_rl_container.toolkits.ray.export.runner import read_runner

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Overriding environment rllib-.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:`use_\\w+` is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("_ray"),
]

Build = Callable[..., Any]


def weights(module: Any) -> dict[str, Any]:
    return {name: np.asarray(value) for name, value in module.get_state().items()}


def test_impala_with_remote_runners_is_read_with_the_learners_newest_weights() -> None:
    config = Case("IMPALA", config=IMPALAConfig, training={"train_batch_size_per_learner": 64}).configure()
    algorithm = config.env_runners(num_env_runners=1, num_cpus_per_env_runner=0.5).build_algo()
    try:
        algorithm.train()
        newest = algorithm.learner_group.get_weights()["default_policy"]
        read = weights(read_runner(algorithm).module)
    finally:
        algorithm.stop()
    assert all(np.array_equal(value, newest[name]) for name, value in read.items())


def test_an_algorithm_without_a_local_runner_is_read_with_weights_and_statistics(build: Build, tmp_path: Path) -> None:
    algorithm = build(
        "CartPole-v1",
        env_runners={
            "num_env_runners": 1,
            "num_cpus_per_env_runner": 0.5,
            "create_local_env_runner": False,
            "env_to_module_connector": lambda *_: MeanStdFilter(),
        },
    )
    algorithm.train()
    runner = read_runner(algorithm)
    newest = algorithm.learner_group.get_weights()["default_policy"]
    assert all(np.array_equal(value, newest[name]) for name, value in weights(runner.module).items())
    assert runner.env_to_module[0]._filters[None].running_stats.n > 100
    assert export_policy(algorithm, tmp_path).only().parity.source == "environment"


def test_an_offline_algorithm_without_an_environment_is_exported(tmp_path: Path) -> None:
    config = Case("BC", config=BCConfig, training=OFFLINE, offline=True).configure(
        record(tmp_path / "episodes", Discrete(3))
    )
    config.evaluation(evaluation_interval=None)
    config.env = None
    algorithm = config.environment(observation_space=FLAT, action_space=Discrete(3)).build_algo()
    try:
        policy = export_policy(algorithm, tmp_path / "model").only()
    finally:
        algorithm.stop()
    assert (policy.parity.source, policy.parity.observations) == ("space", 256)


def test_the_old_api_stack_is_refused_with_its_successor() -> None:
    class Old:
        class config:  # noqa: N801 - as an algorithm has it
            enable_rl_module_and_learner = False
            enable_env_runner_and_connector_v2 = False

    with pytest.raises(ExportError, match="old API stack") as error:
        read_runner(Old())
    assert "new API stack" in error.value.expected
