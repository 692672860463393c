"""What is known of each host that is missing when the time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sagemaker_rl_container.cluster.network import names_of
from sagemaker_rl_container.cluster.rendezvous.visits import Visits
from sagemaker_rl_container.errors import RendezvousError

LOOKUP_S = 2.0
MAX_OTHERS = 5


async def not_joined(missing: Sequence[str], expected: int, timeout_s: float, visits: Visits) -> RendezvousError:
    """The error for workers that have not joined.

    Args:
        missing: Names of those workers.
        expected: How many workers there should be.
        timeout_s: Seconds they had.
        visits: Who was turned away.
    """
    found = dict(zip(missing, await asyncio.gather(*(names_of(host, LOOKUP_S) for host in missing)), strict=True))
    known = {address for addresses in found.values() for address in addresses}
    others = visits.by_others(missing, known)
    lines = [f"{host}: {_tried(host, addresses, visits)}" for host, addresses in found.items()]
    if others:
        lines.append("turned away besides: " + "; ".join(others[:MAX_OTHERS]) + ("; …" * (len(others) > MAX_OTHERS)))
    return _error(missing, expected, timeout_s, "did not reach the head", lines)


def not_ready(missing: Mapping[str, str], expected: int, timeout_s: float) -> RendezvousError:
    """The error for workers that have joined, and whose nodes have not.

    Args:
        missing: Names of those workers, and the addresses they came from.
        expected: How many workers there should be.
        timeout_s: Seconds they had.
    """
    lines = [f"{host}: it joined from {address}, but has not started its node" for host, address in missing.items()]
    return _error(list(missing), expected, timeout_s, "did not join the cluster", lines)


def _tried(host: str, addresses: Sequence[str], visits: Visits) -> str:
    name = f"its name resolves to {', '.join(addresses)}" if addresses else "its name does not resolve"
    seen = visits.by(host, addresses)
    return f"{name}; " + ("it was turned away: " + "; ".join(seen) if seen else "nothing has come from it")


def _error(
    missing: Sequence[str], expected: int, timeout_s: float, failed_to: str, lines: Sequence[str]
) -> RendezvousError:
    return RendezvousError(
        f"{', '.join(missing)} {failed_to} within {timeout_s:g} s",
        where="\n    ".join([f"{expected - len(missing)} of {expected} workers did", *lines]),
        expected="every host of the job",
        do="look at the log of the hosts named; raise SAGEMAKER_RL_JOIN_TIMEOUT_S if they start late",
    )
