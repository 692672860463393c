import pytest

from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.errors import TopologyError


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
