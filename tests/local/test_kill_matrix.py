"""Each process of each host, ended or suspended: the verdict, the exit codes, the reasons, and nothing left running."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import pytest
from tests.local.local_run import LocalRun

from sagemaker_rl_container.errors import EngineError, HostLostError, ProcessSuspendedError

Run = Callable[..., LocalRun]

SCRIPT = """
    import signal
    print("the script is running", flush=True)
    signal.pause()
"""
HEAD, WORKER = "algo-1", "algo-2"
# Seconds until silence counts: short for the tests, long enough for a machine that is busy with other things.
SILENCE = "--environment=SAGEMAKER_RL_SILENCE_TIMEOUT_S=6"

KILLED, LOST, SUSPENDED = -signal.SIGKILL, HostLostError.exit_code, ProcessSuspendedError.exit_code
HEAD_LOST = "the head was lost before the job had ended\n  host: algo-1\n"
WORKER_LOST = "host algo-2 was lost before the job had ended\n  host: algo-2\n"
STOPPED = "the job was stopped by SIGTERM\n  host: "
SUSPENSION = "a process of the job has been suspended for 6 s\n  host: "


@dataclass(frozen=True)
class Expected:
    """How a job ends on its head and on its worker: exit codes, and how the failure files begin (None: no file)."""

    head: int
    worker: int
    head_reason: str | None
    worker_reason: str | None

    @classmethod
    def agreed(cls, exit_code: int, reason: str) -> Expected:
        """The same on both."""
        return cls(exit_code, exit_code, reason, reason)


LAUNCHERS = {
    (HEAD, signal.SIGKILL): Expected(KILLED, LOST, None, HEAD_LOST),
    (HEAD, signal.SIGTERM): Expected.agreed(143, STOPPED + HEAD),
    (HEAD, signal.SIGSTOP): Expected(LOST, LOST, WORKER_LOST, HEAD_LOST),
    (WORKER, signal.SIGKILL): Expected(LOST, KILLED, WORKER_LOST, None),
    (WORKER, signal.SIGTERM): Expected.agreed(143, STOPPED + WORKER),
    (WORKER, signal.SIGSTOP): Expected(LOST, LOST, WORKER_LOST, HEAD_LOST),
}
SCRIPTS = {
    signal.SIGKILL: Expected.agreed(137, "the script was ended by SIGKILL"),
    signal.SIGTERM: Expected.agreed(143, "the script was ended by SIGTERM"),
    signal.SIGSEGV: Expected.agreed(139, "the script was ended by SIGSEGV (job.py, line 4)"),
    signal.SIGSTOP: Expected.agreed(SUSPENDED, SUSPENSION + HEAD),
}
# Of Ray's processes these are the ones without which a node is none.
ENGINES = [
    (HEAD, "gcs_server"),
    (HEAD, "raylet"),
    (HEAD, "ray.scripts.scripts"),
    (WORKER, "raylet"),
    (WORKER, "sagemaker_rl_container.toolkits.ray.node"),
]


# Nobody needs these, but Ray ends the node when they are killed.
HELPERS = [(HEAD, "log_monitor.py"), (HEAD, "dashboard.py"), (WORKER, "log_monitor.py")]


def start(start_job: Run, toolkit: str) -> LocalRun:
    run = start_job(SCRIPT, "--hosts=2", SILENCE, toolkit=toolkit)
    run.wait_for("the script is running")
    return run


def check(run: LocalRun, expected: Expected) -> None:
    assert run.exit_codes() == {HEAD: expected.head, WORKER: expected.worker}, run.output
    for host, reason in ((HEAD, expected.head_reason), (WORKER, expected.worker_reason)):
        if reason:
            assert run.failure(host).startswith(reason)
        else:
            assert not (run.host(host) / "output" / "failure").exists()
        assert not (run.host(host) / "output" / "success").exists()
    assert run.processes() == []


@pytest.mark.parametrize(("host", "number"), LAUNCHERS)
def test_a_launcher(start_job: Run, host: str, number: signal.Signals) -> None:
    run = start(start_job, "none")
    launcher, other = run.host_process(host), run.host_process(WORKER if host == HEAD else HEAD)
    launcher.send_signal(number)
    if number == signal.SIGSTOP:
        psutil.wait_procs([other])  # it does not wait for a host that is silent
        launcher.resume()
    run.finish()

    check(run, LAUNCHERS[host, number])


@pytest.mark.parametrize("number", SCRIPTS)
def test_the_script(start_job: Run, number: signal.Signals) -> None:
    run = start(start_job, "none")
    run.process_of(HEAD, "job.py").send_signal(number)
    run.finish()

    check(run, SCRIPTS[number])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
@pytest.mark.parametrize(("host", "name"), ENGINES)
def test_the_engine(start_job: Run, host: str, name: str, number: signal.Signals) -> None:
    run = start(start_job, "ray")
    run.process_of(host, name).send_signal(number)
    run.finish()

    suspended = number == signal.SIGSTOP
    code = ProcessSuspendedError.exit_code if suspended else EngineError.exit_code
    assert run.exit_codes() == {HEAD: code, WORKER: code}, run.output
    # A control service that is asked to end takes a minute, as long as a raylet waits for it to come back: which of the
    # two is gone first, and so is named, is chance.
    either = (name, number) == ("gcs_server", signal.SIGTERM)
    for each in (HEAD, WORKER):
        assert re.match(SUSPENSION if suspended else r"Ray('s \w+)? ended by itself", run.failure(each))
        assert re.search(rf"host: {'algo-[12]' if either else host}\n", run.failure(each))
    assert run.processes() == []


@pytest.mark.parametrize(("host", "name"), HELPERS)
def test_a_helper_of_the_engine(start_job: Run, host: str, name: str) -> None:
    run = start(start_job, "ray")
    run.process_of(host, name).kill()
    run.finish()

    assert run.exit_codes() == {HEAD: EngineError.exit_code, WORKER: EngineError.exit_code}, run.output
    for each in (HEAD, WORKER):
        assert re.match(rf"Ray('s \w+)? ended by itself.*\n  host: {host}\n", run.failure(each))
        assert f"{name.removesuffix('.py')} [exit code=-9]" in run.failure(each)  # Ray's last words
