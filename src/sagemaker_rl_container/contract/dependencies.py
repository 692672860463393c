"""What the user's code needs: requirements.txt, or the package that its setup.py describes.

Run as a program, it is the child process in which the toolkit calls pip, so that its last lines can be kept.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections import deque
from pathlib import Path

from sagemaker_rl_container.errors import DependencyError

_LINES_KEPT = 15


def install_dependencies(code: Path, *, as_package: bool) -> None:
    """Installs them with the sagemaker-training package; pip's output is passed on to stdout while it comes.

    Args:
        code: The code folder; SAGEMAKER_BASE_DIR must name its parent.
        as_package: Whether the code is a package to install, rather than a script with requirements.

    Raises:
        DependencyError: pip failed; it carries pip's last lines.
    """
    names = ("setup.py", "requirements.txt") if as_package else ("requirements.txt",)
    described_by = [str(code / name) for name in names if (code / name).exists()]
    if not described_by:
        return
    returncode, last_lines = _run_child(code, "install" if as_package else "install_requirements")
    if returncode:
        errors = [line for line in last_lines if line.startswith("ERROR:")]
        raise DependencyError(
            "the training script's dependencies could not be installed: "
            + next(iter(errors or last_lines[-1:]), "pip said nothing"),
            where=" and ".join(described_by),
            expected="that pip installs them",
            do="correct them, or see that this host reaches the package index; pip's last lines were\n"
            + "\n".join(f"    {line}" for line in last_lines),
        )


def _run_child(code: Path, function: str) -> tuple[int, list[str]]:
    """Returns the exit code and the last lines of both its outputs."""
    python_path = os.environ.get("PYTHONPATH", "")
    environ = {
        # Advice that is of no use in a container that lives for one job.
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        **os.environ,
        # Absolute, for the child has a working directory of its own.
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, python_path.split(os.pathsep)))),
    }
    last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
    with subprocess.Popen(  # noqa: S603 - this module, run by this interpreter
        [sys.executable, "-m", __name__, str(code), function],
        env=environ,
        cwd=os.sep,  # else a user's module could take the place of one that the toolkit imports
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        try:
            for line in child.stdout or ():
                sys.stdout.write(line)
                sys.stdout.flush()
                last_lines.append(line.rstrip())
        except BaseException:  # the job is being stopped: do not wait for pip
            child.kill()
            raise
    return child.returncode, [line for line in last_lines if line]


def _install(code: str, function: str) -> int:
    from sagemaker_training import errors, modules

    # Hosts that are processes of one machine share one Python environment, and pip does not expect company.
    fcntl.flock(os.open(sys.prefix, os.O_RDONLY), fcntl.LOCK_EX)
    try:
        getattr(modules, function)(code)
    except errors.ClientError as error:
        sys.stderr.write(f"pip ended with exit code {getattr(error, 'return_code', 'unknown')}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_install(*sys.argv[1:]))
