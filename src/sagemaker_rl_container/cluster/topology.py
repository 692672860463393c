"""The hosts of a job, and who among them is head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sagemaker_rl_container.errors import TopologyError


@dataclass(frozen=True)
class Topology:
    """The hosts of a job as one of them sees them.

    Attributes:
        hosts: Host names in the order of SM_HOSTS; the first is the head.
        current: The host this process runs on.
    """

    hosts: tuple[str, ...]
    current: str

    @classmethod
    def of(cls, hosts: Sequence[str], current: str) -> Topology:
        """Checks the names that resourceconfig.json gives.

        Raises:
            TopologyError: A host is named twice, or the current host is not among them.
        """
        where = "hosts and current_host in resourceconfig.json"
        repeated = sorted(name for name, count in Counter(hosts).items() if count > 1)
        if repeated:
            raise TopologyError(
                f"the job names {', '.join(repeated)} more than once",
                where=where,
                expected="each host once",
                do="give every container of the job a host name of its own",
            )
        if current not in hosts:
            raise TopologyError(
                f"the current host {current!r} is not one of the job's hosts {list(hosts)}",
                where=where,
                expected="current_host to be one of hosts",
                do="correct the document, or leave it out to run on this host alone",
            )
        return cls(tuple(hosts), current)

    @property
    def head(self) -> str:
        """The host that runs the script and the rendezvous."""
        return self.hosts[0]

    @property
    def workers(self) -> tuple[str, ...]:
        """Every host but the head."""
        return self.hosts[1:]

    @property
    def is_head(self) -> bool:
        """Whether this process runs on the head."""
        return self.current == self.head

    @property
    def is_distributed(self) -> bool:
        """Whether there is more than one host."""
        return len(self.hosts) > 1
