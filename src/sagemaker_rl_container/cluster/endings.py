"""Every way in which a job ends other than well, and what is said of it; docs/verdicts.md is the same as a table."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

from sagemaker_rl_container import errors
from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.traceback_text import crash_site, summarize_traceback
from sagemaker_rl_container.errors import (
    EngineError,
    HostLostError,
    ProcessSuspendedError,
    RLContainerError,
    ScriptHungError,
)

# An error of ours as a program prints it, and the further lines of its message.
_TOLD = re.compile(rf"^{re.escape(errors.__name__)}\.\w+: .*(\n  .*)*", re.MULTILINE)

SIGTERM_EXIT_CODE = 128 + signal.SIGTERM


def script_ended(return_code: int, stderr: str, host: str, cgroup: Cgroup = Cgroup()) -> Verdict:  # noqa: B008 - a value
    """The script ended by itself, raised, was killed, or crashed.

    Args:
        return_code: As Python's subprocess has it: -n when signal n ended the script.
        stderr: The last it printed there.
        host: Where it ran.
        cgroup: The container's control group, which knows of processes killed for want of memory.
    """
    if return_code == 0:
        return Verdict()
    # A script that raises may do so because Linux has killed one of its env runners.
    memory = out_of_memory(cgroup)
    exit_code = 128 - return_code if return_code < 0 else return_code
    if told := _told_error(return_code, stderr):
        return Verdict(return_code, told, memory, host)
    raised = summarize_traceback(stderr) if return_code > 0 else None
    if raised:
        return Verdict(_exit_code(raised.reason, exit_code), raised.reason, memory, host, raised.text)
    reason = _described_end(return_code, stderr, memory)
    return Verdict(exit_code, reason, memory if memory not in reason else "", host, stderr.strip())


def _exit_code(reason: str, exit_code: int) -> int:
    """That of one of our errors, if it is what a script has let through: Python itself makes 1 of all of them."""
    module, _, name = reason.partition(":")[0].rpartition(".")
    kind = getattr(errors, name, None) if module == errors.__name__ else None
    return kind.exit_code if isinstance(kind, type) and issubclass(kind, RLContainerError) else exit_code


def _told_error(return_code: int, stderr: str) -> str:
    """The error of ours with which a launcher ended, as a message rather than a traceback; empty without one."""
    told = [match[0] for match in _TOLD.finditer(stderr) if _exit_code(match[0], 0) == return_code]
    return told[-1] if told else ""


def _described_end(return_code: int, stderr: str, memory: str) -> str:
    if return_code > 0:
        return f"the script ended with exit code {return_code}"
    if return_code == -signal.SIGKILL:
        return memory or "the script was ended by SIGKILL; often the container ran out of memory"
    site = crash_site(stderr)
    return f"the script was ended by {signal.Signals(-return_code).name}" + (f" ({site})" if site else "")


def out_of_memory(cgroup: Cgroup = Cgroup()) -> str:  # noqa: B008 - a value
    """One sentence with the container's figures if Linux has killed processes of it for want of memory, else empty."""
    kills, limit, peak = cgroup.oom_kills(), cgroup.memory_limit(), cgroup.memory_peak()
    if not kills:
        return ""
    figures = [f"limit {limit / 2**30:.2f} GiB" if limit else "", f"peak {peak / 2**30:.2f} GiB" if peak else ""]
    processes = "a process" if kills == 1 else f"{kills} processes"
    return f"the container ran out of memory ({', '.join(filter(None, figures))}): Linux has killed {processes} of it"


def script_hung(command: str, seconds: float, stderr: str, host: str) -> Verdict:
    """The script did nothing at all after its start; `stderr` shows where it waits."""
    error = ScriptHungError(
        f"the script has printed nothing and done nothing for {seconds:g} s since it started",
        where=command,
        expected="a first line of output, or work",
        do="see below where it waits; raise SAGEMAKER_RL_START_TIMEOUT_S if it may wait that long",
    )
    return Verdict.of_error(error, host, traceback=stderr.strip())


def stopped(host: str, detail: str = "", traceback: str = "") -> Verdict:
    """A host was asked to stop before the script had ended by itself."""
    return Verdict(SIGTERM_EXIT_CODE, "the job was stopped by SIGTERM", detail, host, traceback)


def script_stopped(return_code: int, stderr: str, host: str, grace_s: float) -> Verdict:
    """The script has ended after SIGTERM: well, which is success, or not.

    Args:
        return_code: The script's, as Python's subprocess has it.
        stderr: The last it printed there.
        host: The host that was asked to stop.
        grace_s: Seconds that the script had to end.
    """
    if return_code == 0:
        return Verdict()
    if return_code == -signal.SIGKILL:
        return stopped(host, f"the script did not end within {grace_s:g} s of SIGTERM and was killed")
    raised = summarize_traceback(stderr) if return_code not in (SIGTERM_EXIT_CODE, -signal.SIGTERM) else None
    return stopped(host, f"the script failed as it ended: {raised.reason}", raised.text) if raised else stopped(host)


def engine_ended(name: str, return_code: int | None, last_words: str, host: str) -> Verdict:
    """The engine of a host ended although the job had not: one of its processes was killed, or gave up.

    Args:
        name: The engine, or the process of it that ended.
        return_code: As Python's subprocess has it; None where it is not known.
        last_words: The last that the engine printed.
        host: Where it ran.
    """
    error = EngineError(
        f"{name} ended by itself" + ("" if return_code is None else f" with exit code {return_code}"),
        where=f"the engine of host {host}",
        expected="it to run as long as the job",
        do=f"look at its last words:\n{last_words.strip()[-4000:]}",
    )
    return Verdict.of_error(error, host, detail=out_of_memory())


def process_suspended(command: str, seconds: float, host: str) -> Verdict:
    """A process of the job was stopped in its tracks (SIGSTOP) and nobody let it go on."""
    error = ProcessSuspendedError(
        f"a process of the job has been suspended for {seconds:g} s",
        where=command,
        expected="nobody to send it SIGSTOP, or SIGCONT to follow",
        do="look for who suspends processes on that host: a debugger, an operator, a batch system",
    )
    return Verdict.of_error(error, host)


def worker_lost(host: str, why: str, earlier: Sequence[str], min_hosts: int) -> Verdict:
    """A worker vanished without a word: killed, out of memory, or cut off from the network.

    Args:
        host: The worker.
        why: What its connection said.
        earlier: Workers that were lost before.
        min_hosts: Hosts without which the job does not go on.
    """
    before = f"; lost before: {', '.join(earlier)}" if earlier else ""
    error = HostLostError(
        f"host {host} was lost before the job had ended",
        where=f"its connection to the head: {why}",
        expected=f"{min_hosts} hosts to stay until the verdict{before}",
        do=f"look at the end of the log of {host}: it was stopped, ran out of memory, or lost the network",
    )
    return Verdict.of_error(error, host)


def head_lost(why: str) -> HostLostError:
    """The head vanished without a verdict: killed, out of memory, or cut off from the network."""
    return HostLostError(
        "the head was lost before the job had ended",
        where=f"the connection to the head: {why}",
        expected="the head to give a verdict at the end of the job",
        do="look at the end of the head's log: it was stopped, ran out of memory, or lost the network",
    )
