from pathlib import Path

import psutil
import pytest

from sagemaker_rl_container.cluster.interfaces import efa_variables, interface_of, socket_variables


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.4.5"])
def test_the_loopback_interface_has_every_address_of_its_network(address: str) -> None:
    assert interface_of(address) == "lo"


def test_each_interface_is_found_by_its_addresses() -> None:
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            if each.family != psutil.AF_LINK:
                assert interface_of(each.address.partition("%")[0]) == name


def test_an_address_of_another_host_has_no_interface_here() -> None:
    assert interface_of("192.0.2.1") is None
    assert socket_variables("192.0.2.1") == {}


def test_libraries_are_told_the_interface_and_nccl_that_it_is_this_very_one() -> None:
    assert socket_variables("127.0.0.1") == {
        "NCCL_SOCKET_IFNAME": "=lo",
        "GLOO_SOCKET_IFNAME": "lo",
        "TP_SOCKET_IFNAME": "lo",
    }


def device(root: Path, name: str, driver: str) -> None:
    """An RDMA device as Linux shows it: links into a tree of drivers."""
    (root / "drivers" / driver).mkdir(parents=True, exist_ok=True)
    (root / "class" / name / "device").mkdir(parents=True)
    (root / "class" / name / "device" / "driver").symlink_to(root / "drivers" / driver)


@pytest.mark.parametrize(
    ("drivers", "expected"),
    [([], {}), (["mlx5_core"], {}), (["efa"], {"FI_PROVIDER": "efa"}), (["mlx5_core", "efa"], {"FI_PROVIDER": "efa"})],
)
def test_efa_is_asked_for_only_where_there_is_a_device(
    tmp_path: Path, drivers: list[str], expected: dict[str, str]
) -> None:
    for number, driver in enumerate(drivers):
        device(tmp_path, f"rdma{number}", driver)

    assert efa_variables(tmp_path / "class") == expected
