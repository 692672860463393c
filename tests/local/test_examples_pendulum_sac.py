"""The example of continuous control, at a budget that is too small to learn: its policy is exported and acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from tests.local.local_run import LocalRun

from sagemaker_rl_container.policies import model_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "pendulum_sac" / "train.py"


def test_the_policy_of_sac_acts_within_the_bounds_of_the_pendulum(start_job: Callable[..., LocalRun]) -> None:
    changes = {
        "rl.training.stop.num_env_steps_sampled_lifetime": 300,
        "rl.training.config.min_sample_timesteps_per_iteration": 150,
        "rl.training.config.num_steps_sampled_before_learning_starts": 250,
        "rl.training.config.train_batch_size_per_learner": 32,
        "rl.training.config.model_config.fcnet_hiddens": "[16]",
    }
    options = [f"--hyperparameter={name}={value}" for name, value in changes.items()]
    run = start_job(EXAMPLE.read_text(), *options, toolkit="ray").finish()

    assert run.exit_codes() == {"algo-1": 0}, run.output
    model = run.host("algo-1") / "model"
    assert model_folder.read(model).algorithm == "SAC"
    (graph,) = model.rglob("*.onnx")
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    (observation,) = session.get_inputs()
    observations = np.random.default_rng(1).uniform(-1, 1, (64, 3)).astype(np.float32)
    (action, *_) = session.run(None, {observation.name: observations})
    assert action.shape == (64, 1)
    assert np.abs(action).max() <= 2.0
