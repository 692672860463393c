"""IPv6 on the machine that runs the tests."""

import psutil
import pytest

needs_ipv6 = pytest.mark.skipif(
    not any(each.address == "::1" for each in psutil.net_if_addrs().get("lo", [])),
    reason="this machine has no IPv6",
)
