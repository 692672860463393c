"""How many threads numerical libraries start, where they would count the machine's CPUs."""

from __future__ import annotations

import os
from collections.abc import Mapping

# TensorFlow's pools, by variables of its own.
_TENSORFLOW = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

# Ray gives each of its workers OMP_NUM_THREADS by the CPUs that an actor asks for, one for an env runner, and knows
# nothing of TensorFlow: on 64 CPUs each env runner would start two pools of 64 threads.
RAY_WORKER_THREADS: Mapping[str, str] = dict.fromkeys(_TENSORFLOW, "1")


def script_threads(cpus: int) -> dict[str, str]:
    """Variables for a script that may use fewer CPUs than the machine has; none where the libraries count right.

    PyTorch and TensorFlow heed the affinity of a process, but no quota (`docker run --cpus`): with more threads than it
    may use CPUs, a process spends its time waiting to be let on.

    Args:
        cpus: CPUs that the script may use.
    """
    counted = len(os.sched_getaffinity(0))
    return dict.fromkeys(("OMP_NUM_THREADS", *_TENSORFLOW), str(cpus)) if cpus < counted else {}
