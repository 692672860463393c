import pytest

from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.contract.documents import InstanceGroup
from sagemaker_rl_container.errors import TopologyError

HOSTS = ("algo-1", "algo-2", "algo-3")


def group(name: str, *hosts: str, instance_type: str = "ml.m5.xlarge") -> InstanceGroup:
    return InstanceGroup(name, list(hosts), instance_type)


ROLLOUT_AND_LEARNER = (
    group("rollout", "algo-1", "algo-3"),
    group("learner", "algo-2", instance_type="ml.g5.xlarge"),
)


def test_the_first_host_is_head() -> None:
    topology = Topology.of(["algo-1-x7f3k", "algo-2-x7f3k"], "algo-2-x7f3k")

    assert topology.head == "algo-1-x7f3k"
    assert topology.workers == ("algo-2-x7f3k",)
    assert not topology.is_head


def test_a_single_host_is_its_own_head() -> None:
    topology = Topology.of(["laptop"], "laptop")

    assert topology.is_head
    assert not topology.is_distributed


def test_a_current_host_that_is_not_in_hosts_is_refused() -> None:
    with pytest.raises(TopologyError, match="'algo-9' is not one of the job's hosts"):
        Topology.of(["algo-1", "algo-2"], "algo-9")


def test_a_host_that_is_named_twice_is_refused() -> None:
    with pytest.raises(TopologyError, match="names algo-2 more than once"):
        Topology.of(["algo-1", "algo-2", "algo-2"], "algo-1")


@pytest.mark.parametrize("current", HOSTS)
def test_the_head_is_where_the_gpus_are_and_all_hosts_agree(current: str) -> None:
    topology = Topology.of(HOSTS, current, ROLLOUT_AND_LEARNER)

    assert topology.hosts == ("algo-2", "algo-1", "algo-3")
    assert topology.is_head == (current == "algo-2")
    assert topology.group == ("learner" if current == "algo-2" else "rollout")


@pytest.mark.parametrize(
    ("groups", "head"),
    [
        ((group("b", "algo-2", "algo-3"), group("a", "algo-1")), "algo-1"),
        ((group("a", "algo-3", "algo-1"), group("b", "algo-2")), "algo-1"),
        ((group("empty", instance_type="ml.p4d.24xlarge"), group("all", *HOSTS)), "algo-1"),
        ((group("all", *HOSTS, instance_type="local"),), "algo-1"),
    ],
    ids=["the first host's group", "the first in SM_HOSTS", "a group without hosts", "one group"],
)
def test_without_gpus_the_head_is_the_first_host(groups: tuple[InstanceGroup, ...], head: str) -> None:
    assert Topology.of(HOSTS, "algo-1", groups).head == head


def test_the_head_group_may_be_named() -> None:
    assert Topology.of(HOSTS, "algo-1", ROLLOUT_AND_LEARNER, "rollout").head == "algo-1"


def test_an_unknown_head_group_is_refused_with_the_nearest() -> None:
    with pytest.raises(TopologyError, match="no instance group 'learnr' with hosts; did you mean 'learner'"):
        Topology.of(HOSTS, "algo-1", ROLLOUT_AND_LEARNER, "learnr")


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ([group("a", *HOSTS, "algo-4")], "hosts that the job has not: algo-4"),
        ([group("a", "algo-1", "algo-2")], "hosts are in no instance group: algo-3"),
        ([group("a", *HOSTS), group("b", "algo-2")], "hosts are in two instance groups: algo-2"),
        ([group("a", "algo-1"), group("a", "algo-2", "algo-3")], "instance groups have the same name: a"),
    ],
)
def test_groups_that_are_not_those_of_the_hosts_are_refused(groups: list[InstanceGroup], problem: str) -> None:
    with pytest.raises(TopologyError, match=problem):
        Topology.of(HOSTS, "algo-1", groups)


def test_a_group_that_only_the_host_itself_is_told_is_taken() -> None:
    assert Topology.of(HOSTS, "algo-1", current_group="rollout").group == "rollout"
    assert Topology.of(HOSTS, "algo-1").group == "homogeneousCluster"


def test_a_host_that_is_told_another_group_than_it_is_listed_in_is_refused() -> None:
    with pytest.raises(TopologyError, match="of instance group 'learner', and is listed in 'rollout'"):
        Topology.of(HOSTS, "algo-1", ROLLOUT_AND_LEARNER, current_group="learner")
