"""By which network interfaces libraries reach the other hosts: known only at run time, so no image can set it."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import psutil

from sagemaker_rl_container.cluster.addresses import normal

_SYSFS = Path("/sys/class/infiniband")


def interface_of(address: str) -> str | None:
    """The network interface that carries an address of this host, or None when none does.

    Of the loopback network every address belongs to the one interface, which names only its first.
    """
    wanted = ipaddress.ip_address(normal(address))
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            try:
                own = ipaddress.ip_address(normal(each.address))
            except ValueError:  # a hardware address
                continue
            if own == wanted or (own.is_loopback and wanted.is_loopback):
                return name
    return None


def socket_variables(address: str) -> dict[str, str]:
    """Variables by which NCCL, Gloo and TensorPipe take the interface of this host's address in the job.

    Left alone they take the first interface that they find, which in a container is often one that leads nowhere.
    """
    interface = interface_of(address)
    if interface is None:
        return {}
    # NCCL takes a bare name for a prefix: eth1 would be eth10, too.
    return {
        "NCCL_SOCKET_IFNAME": f"={interface}",
        "GLOO_SOCKET_IFNAME": interface,
        "TP_SOCKET_IFNAME": interface,
    }


def efa_variables(devices: Path = _SYSFS) -> dict[str, str]:
    """Variables for NCCL over EFA; none on a host without an EFA device.

    libfabric then takes EFA or fails, where it would fall back to TCP without a word. What else is found in old recipes
    (FI_EFA_FORK_SAFE, FI_EFA_USE_DEVICE_RDMA) aws-ofi-nccl does by itself, with every libfabric that it still takes.

    Args:
        devices: Where Linux lists RDMA devices, each with a link to its driver.
    """
    has_efa = any((device / "device" / "driver").resolve().name == "efa" for device in devices.glob("*"))
    return {"FI_PROVIDER": "efa"} if has_efa else {}
