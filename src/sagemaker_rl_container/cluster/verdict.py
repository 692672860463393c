"""How a job ended: one value that every host of the job agrees on."""

from __future__ import annotations

import signal

import msgspec

from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.errors import RLContainerError


class Verdict(msgspec.Struct, frozen=True):
    """The end of a job.

    Attributes:
        exit_code: Exit code of every host; 0 is success.
        reason: Root cause in one sentence; empty on success.
        detail: What helps to mend it.
        host: The host on which it happened.
        traceback: The script's whole traceback, or the last it said.
    """

    exit_code: int = 0
    reason: str = ""
    detail: str = ""
    host: str = ""
    traceback: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the job did what was asked."""
        return self.exit_code == 0

    def summary(self) -> str:
        """The root cause first, then where it happened, then what helps to mend it."""
        happened = f"  host: {self.host}" if self.host else ""
        return "\n".join(filter(None, (self.reason, happened, self.detail)))

    def report(self) -> str:
        """The text of the failure file: the summary, then the script's traceback."""
        return "\n".join(filter(None, (self.summary(), self.traceback)))

    @classmethod
    def of_error(cls, error: RLContainerError, host: str = "") -> Verdict:
        """The verdict for one of our own errors."""
        first, _, rest = str(error).partition("\n")
        return cls(error.exit_code, first, rest, host)


def shell_exit_code(return_code: int) -> int:
    """The exit code a shell reports for a child's return code: 128 + n when signal n ended it."""
    return 128 - return_code if return_code < 0 else return_code


def describe_exit(return_code: int, cgroup: Cgroup = Cgroup()) -> str:  # noqa: B008 - a value
    """One sentence for a script that ended without a Python exception."""
    if return_code >= 0:
        return f"the script ended with exit code {return_code}"
    if return_code == -signal.SIGKILL:
        return out_of_memory(cgroup) or "the script was ended by SIGKILL; often the container ran out of memory"
    return f"the script was ended by {signal.Signals(-return_code).name}"


def out_of_memory(cgroup: Cgroup = Cgroup()) -> str:  # noqa: B008 - a value
    """One sentence with the container's figures if Linux has killed processes of it for want of memory, else empty."""
    kills, limit, peak = cgroup.oom_kills(), cgroup.memory_limit(), cgroup.memory_peak()
    if not kills:
        return ""
    figures = [f"limit {limit / 2**30:.2f} GiB" if limit else "", f"peak {peak / 2**30:.2f} GiB" if peak else ""]
    processes = "a process" if kills == 1 else f"{kills} processes"
    return f"the container ran out of memory ({', '.join(filter(None, figures))}): Linux has killed {processes} of it"
