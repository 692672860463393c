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


def test_a_script_that_may_use_all_cpus_has_as_many_threads() -> None:
    assert torch_threads(script_threads(ALLOWED)) == ALLOWED


def test_threads_that_wait_leave_the_cpu_to_others() -> None:
    assert int(script_threads(ALLOWED)["GOMP_SPINCOUNT"]) < 300_000  # libgomp's own number
