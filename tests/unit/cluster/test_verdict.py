import signal
from pathlib import Path

from sagemaker_rl_container.cluster.cgroup import Cgroup
from sagemaker_rl_container.cluster.verdict import Verdict, describe_exit, shell_exit_code
from sagemaker_rl_container.errors import TopologyError


def test_a_report_names_the_root_cause_first_and_keeps_the_traceback() -> None:
    verdict = Verdict(1, "ValueError: boom", host="algo-1", traceback="Traceback ...\nValueError: boom")

    assert verdict.report().splitlines() == [
        "ValueError: boom",
        "  host: algo-1",
        "Traceback ...",
        "ValueError: boom",
    ]


def test_one_of_our_errors_keeps_its_exit_code_and_its_four_parts() -> None:
    verdict = Verdict.of_error(TopologyError("two heads", where="hosts", expected="one", do="remove one"), "algo-2")

    assert verdict.exit_code == TopologyError.exit_code
    assert verdict.reason == "two heads"
    assert verdict.summary().splitlines() == [
        "two heads",
        "  host: algo-2",
        "  where: hosts",
        "  expected: one",
        "  do: remove one",
    ]


def test_a_signal_becomes_the_exit_code_that_a_shell_reports() -> None:
    assert shell_exit_code(-signal.SIGKILL) == 137
    assert shell_exit_code(3) == 3


def test_a_script_that_was_killed_is_explained(tmp_path: Path) -> None:
    unknown = Cgroup(tmp_path)

    assert describe_exit(-signal.SIGKILL, unknown).startswith("the script was ended by SIGKILL; often")
    assert describe_exit(-signal.SIGSEGV, unknown) == "the script was ended by SIGSEGV"
    assert describe_exit(3, unknown) == "the script ended with exit code 3"


def test_running_out_of_memory_is_told_with_the_containers_figures(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(str(2**31))
    (tmp_path / "memory.peak").write_text(str(2**31))
    (tmp_path / "memory.events").write_text("oom_kill 1\n")

    assert describe_exit(-signal.SIGKILL, Cgroup(tmp_path)) == (
        "the container ran out of memory (limit 2.00 GiB, peak 2.00 GiB): Linux has killed a process of it"
    )
