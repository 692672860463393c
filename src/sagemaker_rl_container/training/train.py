"""`sagemaker-rl train`: runs this host's part of the job and returns its exit code."""

from __future__ import annotations

import asyncio
import signal
import traceback
from collections.abc import Mapping
from pathlib import Path

from sagemaker_rl_container.cluster.leftovers import adopt_orphans, end_descendants
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.outcome import reserve_space, write_failure, write_success
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.log import logger
from sagemaker_rl_container.training.engine_logs import keep_engine_logs
from sagemaker_rl_container.training.head import run_head
from sagemaker_rl_container.training.job import Job, read_job
from sagemaker_rl_container.training.phases import Phases
from sagemaker_rl_container.training.stopping import Stop
from sagemaker_rl_container.training.worker import run_worker

END_PATIENCE_S = 0.5


def train(environ: Mapping[str, str]) -> int:
    """Runs the job on this host.

    Returns:
        The exit code: 0 on success, the script's own if it failed, else that of one of our errors.
    """
    paths = Paths.from_environ(environ)
    recorded: list[Verdict] = []
    try:
        verdict = asyncio.run(_live(read_job(environ, paths), recorded))
    except RLContainerError as error:
        verdict = Verdict.of_error(error)
        record(paths, verdict)
    except Exception as error:
        # A bug of ours: the job must still end with a reason, and whoever mends it needs the traceback.
        if recorded:
            logger.exception("internal error after the verdict, which stands: %r", error)
            return recorded[0].exit_code
        verdict = Verdict(RLContainerError.exit_code, f"internal error: {error!r}", detail=traceback.format_exc())
        record(paths, verdict)
    return verdict.exit_code


def record(paths: Paths, verdict: Verdict) -> None:
    """Writes the success or failure file, and says in the log what it says."""
    if verdict.succeeded:
        write_success(paths)
        logger.info("the job succeeded")
    else:
        write_failure(paths, verdict.report())
        # The traceback is in the log already, where the script wrote it.
        logger.error("the job failed (exit code %d): %s", verdict.exit_code, verdict.summary())


async def _live(job: Job, recorded: list[Verdict]) -> Verdict:
    adopt_orphans()
    reserve_space(job.paths)
    stop, phases = Stop(), Phases()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.ask, job.topology.current)
    run = run_head if job.topology.is_head else run_worker

    def keep(verdict: Verdict) -> None:
        record(job.paths, verdict)
        recorded.append(verdict)

    try:
        verdict = await run(job, stop, phases, keep)
    finally:
        end_descendants(END_PATIENCE_S)
    if not verdict.succeeded:
        output_data = Path(job.training.variables["SM_OUTPUT_DATA_DIR"])
        keep_engine_logs(job.toolkit.log_folder(job.settings), output_data, job.settings.toolkit)
    return verdict
