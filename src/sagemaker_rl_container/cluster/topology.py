"""The hosts of a job, and who among them is head."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sagemaker_rl_container.contract.documents import HOMOGENEOUS_GROUP, InstanceGroup
from sagemaker_rl_container.errors import TopologyError

_WITH_GPUS = ("ml.p", "ml.g")


@dataclass(frozen=True)
class Topology:
    """The hosts of a job as one of them sees them.

    Attributes:
        hosts: Host names, the head first, then in the order of SM_HOSTS.
        current: The host this process runs on.
        group: Instance group of that host.
    """

    hosts: tuple[str, ...]
    current: str
    group: str = HOMOGENEOUS_GROUP

    @classmethod
    def of(
        cls,
        hosts: Sequence[str],
        current: str,
        groups: Sequence[InstanceGroup] = (),
        head_group: str = "",
        *,
        current_group: str = "",
    ) -> Topology:
        """Checks what resourceconfig.json says, and chooses the head.

        Args:
            hosts: Host names in the order of SM_HOSTS.
            current: The host this process runs on.
            groups: The job's instance groups; may be empty.
            head_group: Group whose first host is head; empty means: see `choose_head_group`.
            current_group: Group of the current host as the document says it; empty if it does not.

        Raises:
            TopologyError: A host is named twice, the current host is not among them, the groups are not those of the
                hosts, or there is no such head group.
        """
        _check_hosts(hosts, current)
        _check_groups(hosts, groups)
        head = _head(hosts, groups, head_group)
        others = tuple(host for host in hosts if host != head)
        return cls((head, *others), current, _current_group(current, groups, current_group))

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


def choose_head_group(hosts: Sequence[str], groups: Sequence[InstanceGroup]) -> str:
    """The group that has the head where nobody says which; every host of the job chooses the same.

    RLlib's learner runs in the script's process unless it is told otherwise, and the script runs on the head: so it is
    the first group whose instances have GPUs, else the group of the first host.
    """
    with_gpus = (group for group in groups if group.hosts and group.instance_type.startswith(_WITH_GPUS))
    of_first = (group for group in groups if hosts[0] in group.hosts)
    chosen = next(with_gpus, None) or next(of_first, None)
    return chosen.instance_group_name if chosen else HOMOGENEOUS_GROUP


def unknown_head_group(groups: Sequence[InstanceGroup], head_group: str) -> str:
    """What is wrong with the name of a head group; empty if nothing is."""
    names = [group.instance_group_name for group in groups if group.hosts]
    if not head_group or head_group in names:
        return ""
    nearest = difflib.get_close_matches(head_group, names, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has {', '.join(names) or 'none'}"
    return f"the job has no instance group {head_group!r} with hosts; {hint}"


def _check_hosts(hosts: Sequence[str], current: str) -> None:
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


def _check_groups(hosts: Sequence[str], groups: Sequence[InstanceGroup]) -> None:
    """Checks that each host is in one group; a job without groups has nothing to check."""
    counts = Counter(host for group in groups for host in group.hosts)
    names = Counter(group.instance_group_name for group in groups)
    problems = {
        "instance groups name hosts that the job has not": sorted(counts.keys() - set(hosts)),
        "hosts are in no instance group": [host for host in hosts if groups and not counts[host]],
        "hosts are in two instance groups": sorted(host for host, count in counts.items() if count > 1),
        "instance groups have the same name": sorted(name for name, count in names.items() if count > 1),
    }
    found = [f"{what}: {', '.join(those)}" for what, those in problems.items() if those]
    if found:
        raise TopologyError(
            "; ".join(found),
            where="hosts and instance_groups in resourceconfig.json",
            expected="each of the hosts in exactly one group",
            do="correct the document, or leave instance_groups out",
        )


def _current_group(current: str, groups: Sequence[InstanceGroup], told: str) -> str:
    listed = next((group.instance_group_name for group in groups if current in group.hosts), "")
    if listed and told and listed != told:
        raise TopologyError(
            f"{current} is said to be of instance group {told!r}, and is listed in {listed!r}",
            where="current_group_name and instance_groups in resourceconfig.json",
            expected="the same group in both",
            do="correct the document",
        )
    return listed or told or HOMOGENEOUS_GROUP


def _head(hosts: Sequence[str], groups: Sequence[InstanceGroup], head_group: str) -> str:
    problem = unknown_head_group(groups, head_group)
    if problem:
        raise TopologyError(
            problem,
            where="SAGEMAKER_RL_HEAD_GROUP",
            expected="a name from instance_groups in resourceconfig.json",
            do="correct the variable, or remove it",
        )
    name = head_group or choose_head_group(hosts, groups)
    members = {host for group in groups if group.instance_group_name == name for host in group.hosts}
    return next((host for host in hosts if host in members), hosts[0])
