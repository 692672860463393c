"""Every error a user can meet, each with an exit code of its own.

A message has four parts, so that whoever reads it needs nothing else: *what* was wrong, *where* it came from,
what was *expected*, and what to *do*. docs/errors.md lists them all.
"""

from __future__ import annotations

from typing import ClassVar


class RLContainerError(Exception):
    """Root of the errors that end a command with a message rather than a traceback.

    Args:
        what: What was wrong, as one sentence without a final stop.
        where: The file, variable, host or argument it came from.
        expected: What would have been right.
        do: What the user can do about it.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, what: str, *, where: str = "", expected: str = "", do: str = "") -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.do = do
        super().__init__(what)

    def __str__(self) -> str:
        parts = (("where", self.where), ("expected", self.expected), ("do", self.do))
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in parts if text)])


class UsageError(RLContainerError):
    """A command was given arguments that make no sense."""

    exit_code = 2


class SettingError(RLContainerError):
    """A SAGEMAKER_RL_* variable is unknown, has a value it cannot have, or contradicts another or the job."""

    exit_code = 64


class ContractError(RLContainerError):
    """A document that SageMaker places under /opt/ml/input/config is malformed."""

    exit_code = 65


class TopologyError(RLContainerError):
    """The job's hosts make no cluster: the current host is not among them, or their groups are not theirs."""

    exit_code = 66


class ScriptNotFoundError(RLContainerError):
    """The user's entry point is missing, unreadable, or not named at all."""

    exit_code = 67


class DependencyError(RLContainerError):
    """The user's requirements.txt or package could not be installed, or lacks what a setting needs."""

    exit_code = 68


class UnknownToolkitError(RLContainerError):
    """No toolkit has the name asked for, or its packages are not installed."""

    exit_code = 69


class PortTakenError(RLContainerError):
    """A port that the job needs is in use by another process."""

    exit_code = 71


class RendezvousError(RLContainerError):
    """The job's hosts did not all meet before the deadline."""

    exit_code = 72


class HostLostError(RLContainerError):
    """A host of the job vanished before the job had ended."""

    exit_code = 73


class EngineError(RLContainerError):
    """The toolkit's own processes (Ray, Redis) did not start, or died."""

    exit_code = 74


class ScriptHungError(RLContainerError):
    """The script gave no sign of life after it was started."""

    exit_code = 75


class ExportError(RLContainerError):
    """A policy cannot be exported, or the exported policy disagrees with the live one."""

    exit_code = 76


class PolicyNotFoundError(RLContainerError):
    """A model folder holds no policy that can be served."""

    exit_code = 77


class PolicyFormatError(RLContainerError):
    """A policy's manifest or graph is damaged, or of a version that this program does not know."""

    exit_code = 78


class InvalidRequestError(RLContainerError):
    """A request to a served policy is malformed; answered with `status`, never ends the server.

    Args:
        status: The HTTP status code to answer with.
    """

    exit_code = 79

    def __init__(self, what: str, *, status: int = 400, where: str = "", expected: str = "", do: str = "") -> None:
        super().__init__(what, where=where, expected=expected, do=do)
        self.status = status


class DockerError(RLContainerError):
    """There is no Docker engine here, or it refused."""

    exit_code = 80


class LaunchError(RLContainerError):
    """A process cannot be started at all: not executable, or with more data than Linux takes."""

    exit_code = 81


class LockError(RLContainerError):
    """The lock of an image is missing, does not match its input, or cannot be made."""

    exit_code = 82


class BuildError(RLContainerError):
    """An image cannot be built, for a reason that is none of the others."""

    exit_code = 83


class DiskFullError(BuildError):
    """There is no space left where the Docker engine keeps its images."""

    exit_code = 84


class HashMismatchError(BuildError):
    """A package index or wheelhouse has another file than the one that the lock names."""

    exit_code = 85


class IndexUnreachableError(BuildError):
    """A package index or a Debian mirror cannot be reached, or has not got what the lock names."""

    exit_code = 86


class CheckpointError(RLContainerError):
    """A job has whole checkpoints, but other versions or another algorithm wrote them, or they fit other networks."""

    exit_code = 87


class ProcessSuspendedError(RLContainerError):
    """A process of the job was suspended (SIGSTOP) and not resumed in time."""

    exit_code = 88


class LauncherConfigError(RLContainerError):
    """What is to be trained cannot be: a key, a value, an algorithm, an environment, a stop or the resources."""

    exit_code = 89


class ImageNotBuiltError(RLContainerError):
    """An image to publish or to describe is not in the Docker engine, or is not what the table says."""

    exit_code = 90


class RegistryError(RLContainerError):
    """A registry failed, for a reason that is none of the others."""

    exit_code = 91


class RegistryUnreachableError(RegistryError):
    """A registry does not answer."""

    exit_code = 92


class RegistryRefusedError(RegistryError):
    """A registry answers, and refuses: wrong login, no right to push, no such repository."""

    exit_code = 93


class TagTakenError(RegistryError):
    """A tag that must never move is in the registry already, with another image."""

    exit_code = 94


class InspectionError(RLContainerError):
    """A built image does not tell what is in it."""

    exit_code = 95


class ClassicScriptError(RLContainerError):
    """A script written for AWS's old RL images asks for what today's RLlib, gymnasium or this image has not got."""

    exit_code = 96


class EnvironmentFailedError(RLContainerError):
    """An environment cannot be made on a host, or fails, or returns what it must not."""

    exit_code = 97
