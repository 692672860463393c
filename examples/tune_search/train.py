"""Searches for PPO's learning rate on CartPole-v1, and exports the best trial's policy.

On one's own machine, with more trials:

    sagemaker-rl local train examples/tune_search/train.py --hyperparameter rl.training.search.num_samples=8

The trials, the best marked, are printed at the end, and are in the job's output as trials.csv and trials.json.
"""

from __future__ import annotations

from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

from sagemaker_rl_container.ray import RayLauncher, SearchPlan


class CartPole(RayLauncher):
    """Balances a pole."""

    def config(self) -> PPOConfig:
        """What all trials have in common."""
        return (
            PPOConfig()
            .environment("CartPole-v1")
            # A trial takes one CPU, and as many run at a time as the cluster has.
            .env_runners(num_env_runners=0, num_envs_per_env_runner=8)
            .training(train_batch_size_per_learner=2000, minibatch_size=128, num_epochs=6, vf_clip_param=1e5)
            .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[64, 64], fcnet_activation="tanh"))
            .debugging(seed=1, log_level="ERROR")
        )

    def search(self) -> SearchPlan:
        """Learning rates from far too small to rather large."""
        return SearchPlan(space={"lr": {"loguniform": [1e-6, 3e-3]}}, num_samples=4, scheduler="asha")

    def stop(self) -> dict[str, float]:
        """Each trial ends when the pole stands, or after so many iterations."""
        return {"env_runners/episode_return_mean": 450.0, "training_iteration": 40}


if __name__ == "__main__":
    CartPole().main()
