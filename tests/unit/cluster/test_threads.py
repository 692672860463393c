import os
import subprocess
import sys

from sagemaker_rl_container.cluster.threads import script_threads

ALLOWED = len(os.sched_getaffinity(0))

COUNT = "import torch; print(torch.get_num_threads())"


def torch_threads(environment: dict[str, str]) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", COUNT]
    return int(subprocess.run(command, env={**kept, **environment}, capture_output=True, check=True).stdout)


def test_a_script_that_may_use_fewer_cpus_starts_fewer_threads() -> None:
    assert torch_threads(script_threads(1)) == 1


def test_a_script_that_may_use_all_cpus_is_left_alone() -> None:
    assert script_threads(ALLOWED) == {}
