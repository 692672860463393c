"""What an env runner tells the algorithm before it ends, over Ray's key-value store.

RLlib takes the end of an env runner for a fault of its host, logs it on that host, and starts the env runner again.
"""

from __future__ import annotations

import msgspec
import ray
from ray.experimental.internal_kv import _internal_kv_del, _internal_kv_get, _internal_kv_put

from sagemaker_rl_container.errors import EnvironmentFailedError

_NAMESPACE = b"sagemaker-rl-env-runners"
_BEGUN = b"begun-"


class Report(msgspec.Struct, frozen=True):
    """The failure of an env runner.

    Attributes:
        what: As in the error.
        where: As in the error.
        expected: As in the error.
        do: As in the error.
        ends_job: Whether it would happen again, so that the job has to end.
    """

    what: str
    where: str
    expected: str
    do: str
    ends_job: bool

    @classmethod
    def of(cls, error: EnvironmentFailedError, *, ends_job: bool) -> Report:
        """The report of an error."""
        return cls(error.what, error.where, error.expected, error.do, ends_job)

    def error(self) -> EnvironmentFailedError:
        """The error as it was."""
        return EnvironmentFailedError(self.what, where=self.where, expected=self.expected, do=self.do)


def begin() -> bool:
    """Notes that this env runner is whole, and about to sample; returns whether it is the first time."""
    existed = _internal_kv_put(_BEGUN + _key(_own_id()), b"", overwrite=False, namespace=_NAMESPACE)
    return not existed


def has_begun(actor_id: str) -> bool:
    """Whether an env runner has ever been about to sample."""
    return _internal_kv_get(_BEGUN + _key(actor_id), namespace=_NAMESPACE) is not None


def send(report: Report) -> None:
    """Leaves a report of this env runner."""
    _internal_kv_put(_key(_own_id()), msgspec.msgpack.encode(report), namespace=_NAMESPACE)


def take(actor_id: str) -> Report | None:
    """Takes the report of an env runner that has ended, if it has left one."""
    found = _internal_kv_get(_key(actor_id), namespace=_NAMESPACE)
    if found is None:
        return None
    _internal_kv_del(_key(actor_id), namespace=_NAMESPACE)
    return msgspec.msgpack.decode(found, type=Report)


def _own_id() -> str:
    return str(ray.get_runtime_context().get_actor_id())


def _key(actor_id: str) -> bytes:
    return actor_id.encode()
