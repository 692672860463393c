"""What the hosts say to each other."""

from __future__ import annotations

import msgspec

from sagemaker_rl_container.cluster.verdict import Verdict

PROTOCOL_VERSION = 2


class Join(msgspec.Struct, frozen=True, tag="join"):
    """Worker: my name. Hosts of different versions must understand this message, and `Refused`."""

    host: str
    protocol: int = PROTOCOL_VERSION


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """Head: you are one of us. Who says nothing for `silence_timeout_s` counts as lost, on either side."""

    silence_timeout_s: float


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Head: you are not one of us; unless `final`, ask again."""

    reason: str
    final: bool = True


class Engine(msgspec.Struct, frozen=True, tag="engine"):
    """Head: how to join the toolkit's engine. `environment` may hold secrets: never log it."""

    environment: dict[str, str]

    def __repr__(self) -> str:
        return f"Engine({', '.join(self.environment)})"


class EngineStarted(msgspec.Struct, frozen=True, tag="engine_started"):
    """Head: my own node is up, yours can join it."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Worker: my node has joined the engine."""


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Head: every host is ready."""


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """Both: nothing new, but I am here."""


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Worker: the job ended here, in this way."""

    verdict: Verdict


class Stopping(msgspec.Struct, frozen=True, tag="stopping"):
    """Worker: this host was asked to stop."""


class Released(msgspec.Struct, frozen=True, tag="released"):
    """Head: the job goes on without this host."""


class Conclusion(msgspec.Struct, frozen=True, tag="conclusion"):
    """Head: the job has ended, for everybody."""

    verdict: Verdict


Message = (
    Join | Welcome | Refused | Engine | EngineStarted | Ready | Start | Alive | Ended | Stopping | Released | Conclusion
)


class ProtocolError(Exception):
    """The other side said something that does not belong here."""


class TLSSpokenError(ProtocolError):
    """The other side speaks TLS, and this side does not."""
