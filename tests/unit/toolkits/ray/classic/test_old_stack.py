"""A launcher's callbacks on RLlib's old API stack, which is TensorFlow's, and PyTorch's for those who ask for it."""

from __future__ import annotations

import pytest
from ray.rllib.algorithms.ppo import PPOConfig

from sagemaker_rl_container.toolkits.ray.launcher.single import with_callback
from sagemaker_rl_container.toolkits.ray.session import SessionPlan


@pytest.mark.usefixtures("_ray", "new_script")
@pytest.mark.filterwarnings("default")  # RLlib warns of its own old code
def test_episodes_are_played_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=0)
    config.api_stack(enable_rl_module_and_learner=False, enable_env_runner_and_connector_v2=False)
    config.training(train_batch_size=200, minibatch_size=64, num_epochs=1)
    algorithm = with_callback(config, SessionPlan()).build_algo()

    algorithm.train()

    assert "episode_reward_mean: " in capsys.readouterr().out
    algorithm.stop()
