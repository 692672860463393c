"""The algorithm's side of a failure: it hears why an env runner has ended, or why an environment cannot be made.

RLlib has no callback for either, so two of its methods are wrapped in the processes that use `JobCallback`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import click
import ray
from ray.exceptions import RayActorError
from ray.rllib.env.env_runner import EnvRunner
from ray.rllib.env.multi_agent_env_runner import MultiAgentEnvRunner
from ray.rllib.env.single_agent_env_runner import SingleAgentEnvRunner
from ray.rllib.utils.actor_manager import FaultTolerantActorManager

from sagemaker_rl_container.errors import EnvironmentFailedError, RLContainerError
from sagemaker_rl_container.toolkits.ray.environments import reports
from sagemaker_rl_container.toolkits.ray.environments.failing import failure, last_line, name_of

_EXCEPTION = re.compile(r"([\w.]+\.)?\w*(Error|Exception)\b")  # begins the last line of a traceback
_ADDRESS = re.compile(r"\bip=([^,\s)]+)")


def install() -> None:
    """Wraps the methods, once in a process."""
    if hasattr(EnvRunner, "_sagemaker_rl_guarded"):
        return
    EnvRunner._sagemaker_rl_guarded = True
    for kind in (SingleAgentEnvRunner, MultiAgentEnvRunner):
        kind.make_env = _guarded(kind.make_env)
    FaultTolerantActorManager._fetch_result = _told(FaultTolerantActorManager._fetch_result)


def _guarded(make_env: Callable[..., None]) -> Callable[..., None]:
    """For the environments in the algorithm's own process; what Ray makes an actor of is not this class."""

    @functools.wraps(make_env)
    def guarded(self: Any) -> None:
        try:
            make_env(self)
        except RLContainerError:
            raise  # it says all there is to say
        except Exception as error:
            if not any(getattr(each, "checks_environments", False) for each in self._callbacks):
                raise
            told = last_line(error)
            what = f"it could not be made: {told}"
            raise failure(name_of(self.config.env), what, do=_advice(told)) from error

    return guarded


def _told(fetch_result: Callable[..., Any]) -> Callable[..., Any]:
    """For what the env runners answer, or do not."""

    @functools.wraps(fetch_result)
    def told(self: Any, **kwargs: Any) -> Any:
        ready, answers = fetch_result(self, **kwargs)
        for answer in answers:
            if not answer.ok and isinstance(answer.get(), RayActorError):
                _heed(self._actors[answer.actor_id]._actor_id.hex(), answer.get())
        return ready, answers

    return told


def _heed(actor_id: str, error: RayActorError) -> None:
    report = reports.take(actor_id)
    if report and report.ends_job:
        raise report.error()
    if report:
        click.echo(f"JobCallback: {report.what}; RLlib starts this env runner again, if it may", err=True)
    elif error.actor_init_failed and not reports.has_begun(actor_id):
        raise _could_not_start(str(error))


def _could_not_start(text: str) -> EnvironmentFailedError:
    """What Ray's words tell of an env runner that has ended before it could report."""
    lines = [line.strip() for line in text.splitlines()]
    told = next((line for line in reversed(lines) if _EXCEPTION.match(line)), lines[0])
    address = _ADDRESS.search(text)
    names = {node["NodeManagerAddress"]: node["NodeName"] for node in ray.nodes()}
    host = names.get(address[1], address[1]) if address else "unknown"
    what = f"an env runner on host {host} could not start: {told}"
    return EnvironmentFailedError(what, where=f"host {host}", do=_advice(told))


def _advice(told: str) -> str:
    if "must inherit from the gymnasium.Env" in told:
        return "derive it from gymnasium.Env; docs/environments.md says how environments of the old gym are run"
    if told.startswith(("ModuleNotFoundError", "ImportError")):
        return "keep the module beside the script or in source_dir, or install it with requirements.txt"
    return "correct the environment, what it needs on that host, or the network; the log has the whole traceback"
