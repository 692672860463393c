"""What holds for all tests."""

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure: no example has a time limit.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--images",
        default="",
        metavar="NAMES",
        help="images to test, with commas or spaces, or all; without it those that tests/images/conftest.py names",
    )
