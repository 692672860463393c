import asyncio
import signal
import subprocess
from collections.abc import Iterator

import pytest

from sagemaker_rl_container.cluster.suspension import suspended


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


def test_a_process_that_stays_suspended_is_named(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.send_signal(signal.SIGSTOP)

    assert asyncio.run(asyncio.wait_for(suspended(0.2), 30)) == f"sleep, process {sleeper.pid}"
