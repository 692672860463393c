"""`sagemaker-rl local train`: a training job on this machine, from the request to the archives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sagemaker_rl_container.local.archive import pack
from sagemaker_rl_container.local.folder import prepare_folder
from sagemaker_rl_container.local.hosts import run_hosts
from sagemaker_rl_container.local.plan import LocalJob, plan_job
from sagemaker_rl_container.local.request import Request
from sagemaker_rl_container.settings import Settings

END_S = 10.0  # on top of the script's grace period, for the hosts to tell each other and to end


@dataclass(frozen=True)
class Outcome:
    """What a local job left behind.

    Attributes:
        job: The job.
        exit_codes: Exit code of each host.
        seconds: How long the hosts ran.
        model: model.tar.gz.
        output: output.tar.gz.
        curve: The learning curve, if the script drew one.
    """

    job: LocalJob
    exit_codes: Mapping[str, int]
    seconds: float
    model: Path
    output: Path
    curve: Path | None

    @property
    def exit_code(self) -> int:
        """0 if every host succeeded, else the first other exit code, the head's before the workers'."""
        return next((code for code in self.exit_codes.values() if code), 0)


def train_locally(request: Request, environ: Mapping[str, str]) -> Outcome:
    """Runs a job on hosts of this machine.

    Args:
        request: What the user asked for.
        environ: The environment of this process.

    Raises:
        RLContainerError: The job could not be started; a job that fails is an Outcome.
    """
    settings = Settings.from_environ({**environ, **request.environment})
    job = plan_job(request, environ)
    prepare_folder(job)
    began = time.monotonic()
    exit_codes = asyncio.run(run_hosts(job, settings.grace_period_s + END_S))
    seconds = time.monotonic() - began
    model, output = pack(job)
    curves = sorted(job.hosts[0].base.glob("output/data/**/learning_curve.png"))
    return Outcome(job, exit_codes, seconds, model, output, next(iter(curves), None))
