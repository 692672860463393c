import signal
from pathlib import Path

import pytest

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.errors import EngineError, ExportError, HostLostError

TRACEBACK = """Traceback (most recent call last):
  File "/opt/ml/code/train.py", line 12, in <module>
    raise ValueError("boom")
ValueError: boom
"""
CRASH = """Fatal Python error: Segmentation fault

Current thread 0x00007f0000000000 (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "/opt/ml/code/train.py", line 7 in reward
  File "/opt/ml/code/train.py", line 9 in <module>
"""


@pytest.fixture
def unlimited(tmp_path: Path) -> Cgroup:
    return Cgroup(tmp_path)


@pytest.fixture
def out_of_memory(tmp_path: Path) -> Cgroup:
    (tmp_path / "memory.max").write_text(str(2**31))
    (tmp_path / "memory.peak").write_text(str(2**31))
    (tmp_path / "memory.events").write_text("oom_kill 1\n")
    return Cgroup(tmp_path)


MEMORY = "the container ran out of memory (limit 2.00 GiB, peak 2.00 GiB): Linux has killed a process of it"


def test_a_script_that_ends_well_has_succeeded(unlimited: Cgroup) -> None:
    assert endings.script_ended(0, TRACEBACK, "algo-1", unlimited) == Verdict()


def test_a_script_that_raises_is_told_by_its_exception(unlimited: Cgroup) -> None:
    verdict = endings.script_ended(1, TRACEBACK, "algo-1", unlimited)

    assert verdict == Verdict(1, "ValueError: boom (train.py, line 12)", "", "algo-1", TRACEBACK.strip())


def test_a_script_that_lets_one_of_our_errors_through_has_its_exit_code(unlimited: Cgroup) -> None:
    text = TRACEBACK.replace("ValueError: boom", "sagemaker_rl_container.errors.ExportError: the space Box is unknown")
    verdict = endings.script_ended(1, text, "algo-1", unlimited)

    assert verdict.exit_code == ExportError.exit_code
    assert verdict.reason.startswith("sagemaker_rl_container.errors.ExportError: the space Box is unknown")


def test_a_launcher_that_ends_with_a_message_is_told_by_it_whatever_was_printed_before(unlimited: Cgroup) -> None:
    error = ExportError("the space Box is unknown", where="the environment", do="change it")
    told = f"sagemaker_rl_container.errors.ExportError: {error}"
    verdict = endings.script_ended(error.exit_code, f"{TRACEBACK}\n{told}\nafterwards\n", "algo-1", unlimited)

    assert verdict == Verdict(ExportError.exit_code, told, "", "algo-1")


def test_a_message_of_ours_is_not_taken_for_the_end_of_a_script_with_another_exit_code(unlimited: Cgroup) -> None:
    verdict = endings.script_ended(3, "sagemaker_rl_container.errors.ExportError: handled\n", "algo-1", unlimited)

    assert verdict.reason == "the script ended with exit code 3"


def test_a_script_that_raises_because_memory_ran_out_says_so(out_of_memory: Cgroup) -> None:
    verdict = endings.script_ended(1, TRACEBACK, "algo-1", out_of_memory)

    assert verdict.summary().splitlines() == ["ValueError: boom (train.py, line 12)", "  host: algo-1", MEMORY]


def test_a_script_keeps_its_own_exit_code(unlimited: Cgroup) -> None:
    verdict = endings.script_ended(3, "bad reward", "algo-1", unlimited)

    assert (verdict.exit_code, verdict.reason) == (3, "the script ended with exit code 3")
    assert verdict.report().endswith("bad reward")


def test_a_script_that_was_killed_is_explained(unlimited: Cgroup) -> None:
    verdict = endings.script_ended(-signal.SIGKILL, "", "algo-1", unlimited)

    assert verdict.exit_code == 137
    assert verdict.reason == "the script was ended by SIGKILL; often the container ran out of memory"


def test_a_script_that_was_killed_for_want_of_memory_has_the_containers_figures(out_of_memory: Cgroup) -> None:
    verdict = endings.script_ended(-signal.SIGKILL, "", "algo-1", out_of_memory)

    assert (verdict.exit_code, verdict.reason, verdict.detail) == (137, MEMORY, "")


def test_a_crash_names_the_line_of_the_users_code(unlimited: Cgroup) -> None:
    # A traceback that the script has printed, and lived on, has nothing to do with it.
    verdict = endings.script_ended(-signal.SIGSEGV, TRACEBACK + CRASH, "algo-1", unlimited)

    assert (verdict.exit_code, verdict.reason) == (139, "the script was ended by SIGSEGV (train.py, line 7)")
    assert CRASH.strip() in verdict.traceback


def test_a_script_that_ends_well_after_sigterm_has_succeeded() -> None:
    assert endings.script_stopped(0, "", "algo-2", 100) == Verdict()


@pytest.mark.parametrize("code", [143, -signal.SIGTERM])
def test_a_stopped_job_names_the_host_that_was_asked(code: int) -> None:
    verdict = endings.script_stopped(code, TRACEBACK, "algo-2", 100)

    assert verdict == Verdict(143, "the job was stopped by SIGTERM", host="algo-2")


def test_a_script_that_ignores_sigterm_is_said_to(unlimited: Cgroup) -> None:
    verdict = endings.script_stopped(-signal.SIGKILL, "", "algo-1", 100)

    assert verdict.exit_code == 143
    assert verdict.detail == "the script did not end within 100 s of SIGTERM and was killed"


def test_a_script_that_fails_to_save_after_sigterm_says_why() -> None:
    verdict = endings.script_stopped(1, TRACEBACK, "algo-1", 100)

    assert verdict.exit_code == 143
    assert verdict.detail == "the script failed as it ended: ValueError: boom (train.py, line 12)"
    assert verdict.traceback == TRACEBACK.strip()


def test_an_engine_that_ended_shows_its_last_words() -> None:
    verdict = endings.engine_ended("Ray", 1, "GCS is gone", "algo-2")

    assert (verdict.exit_code, verdict.host) == (EngineError.exit_code, "algo-2")
    assert verdict.reason == "Ray ended by itself with exit code 1"
    assert verdict.detail.endswith("GCS is gone")


def test_a_lost_worker_is_named_and_those_before_it() -> None:
    verdict = endings.worker_lost("algo-3", "the connection was closed", ["algo-2"], min_hosts=3)

    assert (verdict.exit_code, verdict.host) == (HostLostError.exit_code, "algo-3")
    assert verdict.reason == "host algo-3 was lost before the job had ended"
    assert "3 hosts to stay until the verdict; lost before: algo-2" in verdict.detail
