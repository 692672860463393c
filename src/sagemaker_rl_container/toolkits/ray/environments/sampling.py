"""The env runner's side of a failure: it reports why it cannot sample, before RLlib ends it.

RLlib takes every failure for one of the host: it logs it there, and starts the env runner again after a minute, a
thousand times. An environment whose first steps fail would do so each time.
"""

from __future__ import annotations

import traceback
from typing import Any

import ray

from sagemaker_rl_container.errors import EnvironmentFailedError
from sagemaker_rl_container.toolkits.ray.environments import reports
from sagemaker_rl_container.toolkits.ray.environments.failing import failure, last_line, name_of


def guard_sampling(env_runner: Any) -> None:
    """Puts a guard before an env runner's `sample`. Its class will not do: Ray makes another of it for an actor."""
    if "sample" not in vars(env_runner):
        env_runner.sample = _Guarded(env_runner)


class _Guarded:
    """Stands in for the method `sample` of an env runner.

    Args:
        env_runner: The env runner, which has just made its environments.
    """

    def __init__(self, env_runner: Any) -> None:
        self._env_runner = env_runner
        self._sample = env_runner.sample
        self._is_remote = bool(env_runner.worker_index)  # 0 is the one in the algorithm's own process
        self._is_new: bool | None = None
        self._has_sampled = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Samples.

        Raises:
            EnvironmentFailedError: The environment has failed, and this is the algorithm's own process.
        """
        if self._is_new is None:
            self._is_new = reports.begin() if self._is_remote else True
        try:
            samples = self._sample(*args, **kwargs)
        except Exception as error:
            self._failed(error)
            raise
        self._has_sampled = True
        return samples

    def _failed(self, error: Exception) -> None:
        cause = error.__cause__ if type(error) is RuntimeError and error.__cause__ else error  # RLlib's, of a step
        in_environment = cause is not error or _in_reset(error)
        is_found = isinstance(cause, EnvironmentFailedError)
        wrong = cause if isinstance(cause, EnvironmentFailedError) else self._error(cause, in_environment)
        if not self._is_remote:
            if is_found or in_environment:
                raise wrong from (None if is_found else cause)
            return  # the script's own connector or network, with a traceback that says so
        # Once it has sampled, a failure may be one of the host or of a simulator, which RLlib mends.
        is_lasting = bool(self._is_new) and (is_found or not self._has_sampled)
        ends_job = is_lasting and not self._config.ignore_env_runner_failures
        reports.send(reports.Report.of(wrong, ends_job=ends_job))
        if ends_job:
            ray.actor.exit_actor()

    @property
    def _config(self) -> Any:
        return self._env_runner.config

    def _error(self, error: BaseException, in_environment: bool) -> EnvironmentFailedError:
        what = "a step or a reset failed" if in_environment else "the env runner failed outside of it"
        return failure(name_of(self._config.env), f"{what}: {last_line(error)}")


def _in_reset(error: BaseException) -> bool:
    return any(frame.f_code.co_name == "_try_env_reset" for frame, _ in traceback.walk_tb(error.__traceback__))
