"""`EnvironmentChecks`: what an environment must not do, found where the environment runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ray.rllib.callbacks.callbacks import RLlibCallback

from sagemaker_rl_container.errors import EnvironmentFailedError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.environments import guard, reports
from sagemaker_rl_container.toolkits.ray.environments.failing import failure, name_of
from sagemaker_rl_container.toolkits.ray.environments.reports import Report
from sagemaker_rl_container.toolkits.ray.environments.sampling import guard_sampling
from sagemaker_rl_container.toolkits.ray.environments.values import reward_problem
from sagemaker_rl_container.toolkits.ray.environments.watching import watch


class EnvironmentChecks(RLlibCallback):  # type: ignore[misc] # to mypy ray is Any
    """Checks the environments of a job, and ends it with `EnvironmentFailedError` where one is bad.

    `JobCallback` does the same. This one alone is for Tune, where `JobCallback` goes to the tuner rather than to the
    algorithm's configuration: `config.callbacks(EnvironmentChecks)`.

    - An environment that cannot be made, or whose first steps fail: RLlib alone would start its env runner for ever.
    - The first 100 steps of each environment: what `reset` and `step` return, and observations against their space.
    - All rewards: finite.

    `SAGEMAKER_RL_ENV_CHECKS=off` turns all of it off.
    """

    def __init__(self) -> None:
        super().__init__()
        self.checks_environments = Settings.from_environ(os.environ).env_checks == "on"
        if self.checks_environments:
            guard.install()

    def on_environment_created(self, *, env_runner: Any, env: Any, **kwargs: Any) -> None:
        """Watches the environments that an env runner has just made; RLlib calls it."""
        if not self.checks_environments:
            return
        try:
            self._watch(env_runner, env)
        except EnvironmentFailedError as error:
            if env_runner.worker_index:
                reports.send(Report.of(error, ends_job=True))
            raise
        guard_sampling(env_runner)

    def _watch(self, env_runner: Any, env: Any) -> None:
        if env_runner.config.restart_failed_sub_environments:
            return  # the script wants an environment that raises to be made again, and so it would be for ever
        for each in getattr(env, "envs", ()):  # none where gymnasium runs them in processes of their own
            watch(each, name_of(env_runner.config.env))

    def on_sample_end(self, *, samples: Any, env_runner: Any = None, **kwargs: Any) -> None:
        """Looks at all rewards; RLlib calls it."""
        if not self.checks_environments or env_runner is None:  # the old stack has a `worker`, and its own format
            return
        for step, agent, rewards in _rewards(samples):
            wrong = reward_problem(rewards)
            if wrong is not None:
                whose = f" of agent {agent!r}" if agent is not None else ""
                what = f"the reward{whose} is {rewards[wrong]} after step {step + wrong + 1} of an episode"
                raise failure(name_of(env_runner.config.env), what, expected="finite rewards")


def _rewards(samples: Any) -> Iterator[tuple[int, Any, Any]]:
    """The first step, the agent and the rewards of each piece of an episode."""
    for episode in samples:
        agents = getattr(episode, "agent_episodes", None)
        for agent, piece in agents.items() if agents is not None else ((None, episode),):
            yield piece.t_started - piece.rewards.lookback, agent, piece.rewards.data
