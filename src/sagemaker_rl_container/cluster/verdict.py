"""How a job ended: one value that every host of the job agrees on."""

from __future__ import annotations

import msgspec

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
    def of_error(cls, error: RLContainerError, host: str = "", *, detail: str = "", traceback: str = "") -> Verdict:
        """The verdict for one of our own errors; `detail` is put before the error's own."""
        first, _, rest = str(error).partition("\n")
        return cls(error.exit_code, first, "\n".join(filter(None, (detail, rest))), host, traceback)
