"""Policies of the old API stack as SavedModels. TensorFlow is not in the test environment: tests/images runs this."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.toolkits.ray.classic.build import build_experiment
from sagemaker_rl_container.toolkits.ray.classic.launcher import plan_classic
from sagemaker_rl_container.toolkits.ray.classic.tensorflow.export import export_savedmodel
from sagemaker_rl_container.toolkits.ray.plans import ExportPlan

pytestmark = pytest.mark.filterwarnings("default")  # RLlib's TensorFlow code warns of Keras, of gym and of itself

SMALL: dict[str, Any] = {"num_workers": 0, "model": {"fcnet_hiddens": [16]}, "use_pytorch": False}
TINY = {"train_batch_size": 64, "sgd_minibatch_size": 32, "num_sgd_iter": 1}


class Env(gymnasium.Env):  # type: ignore[misc] # to mypy gymnasium is Any
    """An environment of any spaces, whose observations are samples."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.observation_space, self.action_space = config["spaces"]

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.observation_space.seed(seed)
        self._steps = 0
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        self._steps += 1
        return self.observation_space.sample(), 1.0, self._steps == 10, False, {}


BOX = spaces.Box(-1.0, 1.0, (3,))
TORQUE = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 10.0], np.float32))
DISCRETE = spaces.Discrete(3)

FAMILIES: dict[str, tuple[str, Any, Any, dict[str, Any]]] = {
    "PPO, discrete actions": ("PPO", BOX, DISCRETE, TINY),
    "PPO, continuous actions, unsquashed": ("PPO", BOX, TORQUE, {**TINY, "normalize_actions": True}),
    "PPO, continuous actions, clipped": ("PPO", BOX, TORQUE, {**TINY, "normalize_actions": False}),
    "PPO, multi-discrete actions": ("PPO", BOX, spaces.MultiDiscrete([2, 3]), TINY),
    "PPO, dict actions": ("PPO", BOX, spaces.Dict({"go": DISCRETE, "how": TORQUE}), TINY),
    "PPO, discrete observations": ("PPO", spaces.Discrete(5), DISCRETE, TINY),
    "PPO, dict observations": ("PPO", spaces.Dict({"at": BOX, "on": spaces.Discrete(4)}), DISCRETE, TINY),
    "PPO, tuple observations": ("PPO", spaces.Tuple([BOX, spaces.MultiDiscrete([2, 3])]), DISCRETE, TINY),
    "PPO, images": ("PPO", spaces.Box(0, 255, (42, 42, 3), np.uint8), DISCRETE, TINY),
    "PPO, running mean and deviation": ("PPO", BOX, DISCRETE, {**TINY, "observation_filter": "MeanStdFilter"}),
    "PPO, LSTM": ("PPO", BOX, DISCRETE, {**TINY, "model": {"use_lstm": True, "lstm_cell_size": 8, "max_seq_len": 4}}),
    "IMPALA": ("IMPALA", BOX, DISCRETE, {"train_batch_size": 64, "rollout_fragment_length": 32, "num_workers": 1}),
    "APPO": ("APPO", BOX, DISCRETE, {"train_batch_size": 64, "rollout_fragment_length": 32, "num_workers": 1}),
    "DQN": ("DQN", BOX, DISCRETE, {"learning_starts": 10, "train_batch_size": 8, "timesteps_per_iteration": 50}),
    "DQN, without dueling": ("DQN", BOX, DISCRETE, {"learning_starts": 10, "dueling": False, "double_q": False}),
    "SAC": ("SAC", BOX, TORQUE, {"learning_starts": 10, "train_batch_size": 8, "timesteps_per_iteration": 50}),
}


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    import ray

    ray.init(num_cpus=3, include_dashboard=False, logging_level="ERROR")
    yield
    ray.shutdown()


def trained(run: str, spaces_: Any, settings: dict[str, Any]) -> Any:
    config = {**SMALL, **settings, "env_config": {"spaces": spaces_}}
    if "model" in settings:
        config["model"] = {**SMALL["model"], **settings["model"]}
    experiment = {"env": Env, "run": run, "stop": {"training_iteration": 1}, "config": config}
    algorithm = build_experiment(plan_classic({"training": experiment})).config.build_algo()
    algorithm.train()
    return algorithm


@pytest.mark.parametrize("family", FAMILIES)
def test_a_savedmodel_answers_as_the_live_policy_does(family: str, tmp_path: Path) -> None:
    run, observed, acted, settings = FAMILIES[family]
    if run == "SAC":
        pytest.importorskip("tensorflow_probability", reason="RLlib's SAC needs it on TensorFlow")
    algorithm = trained(run, (observed, acted), settings)

    export_savedmodel(algorithm, tmp_path, ExportPlan())

    policy = model_folder.read(tmp_path).only()
    assert policy.file == "default_policy/1"
    assert policy.parity.observations >= 256
    assert policy.parity.max_difference <= policy.parity.tolerance
    assert policy.parity.ties <= policy.parity.observations // 10
    algorithm.stop()


def test_the_signature_names_what_the_manifest_names(tmp_path: Path) -> None:
    import tensorflow as tf

    observed = spaces.Dict({"at": BOX, "on": spaces.Discrete(4)})
    algorithm = trained("PPO", (observed, spaces.Dict({"go": DISCRETE, "how": TORQUE})), TINY)

    export_savedmodel(algorithm, tmp_path, ExportPlan())

    policy = model_folder.read(tmp_path).only()
    serve = tf.saved_model.load(str(tmp_path / policy.file)).signatures["serving_default"]
    assert set(serve.structured_input_signature[1]) == {"observation_at", "observation_on"}
    assert set(serve.structured_outputs) == {"action_go", "action_how", "logits"}
    assert [each.name for each in policy.inputs] == ["observation.at", "observation.on"]
    assert [each.name for each in policy.outputs] == ["action.go", "action.how", "logits"]
    algorithm.stop()


def test_a_policy_that_looks_at_earlier_actions_is_refused(tmp_path: Path) -> None:
    model = {"use_lstm": True, "lstm_cell_size": 8, "lstm_use_prev_action": True, "max_seq_len": 4}
    algorithm = trained("PPO", (BOX, DISCRETE), {**TINY, "model": model})

    with pytest.raises(ExportError, match="prev_actions"):
        export_savedmodel(algorithm, tmp_path, ExportPlan())

    assert list(tmp_path.iterdir()) == []
    algorithm.stop()
