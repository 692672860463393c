"""A job that fails: the same verdict on every host, the reason first, and nothing left running."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.local.local_run import LocalRun

from sagemaker_rl_container import errors

Run = Callable[..., LocalRun]

WAITING = """
    import signal
    print("the script is running")
    signal.pause()
"""


def test_a_script_that_raises_fails_every_host_with_the_exception_first(run_job: Run) -> None:
    run = run_job(
        """
        def reward():
            raise ValueError("the reward is NaN")
        reward()
        """,
        "--hosts=3",
    )

    assert run.process.returncode == 1
    assert run.exit_codes() == {"algo-1": 1, "algo-2": 1, "algo-3": 1}
    for host in ("algo-1", "algo-2", "algo-3"):
        assert run.failure(host).startswith("ValueError: the reward is NaN (job.py, line 3)\n")
        assert "in reward\n    raise ValueError" in run.failure(host)
    assert run.processes() == []


def test_the_scripts_own_exit_code_is_kept(run_job: Run) -> None:
    run = run_job("raise SystemExit(3)", "--hosts=2")

    assert run.exit_codes() == {"algo-1": 3, "algo-2": 3}
    assert run.failure("algo-2").startswith("the script ended with exit code 3\n")


def test_a_script_that_is_killed_is_explained(run_job: Run) -> None:
    run = run_job("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    assert run.exit_codes() == {"algo-1": 137}
    assert run.failure("algo-1").startswith("the script was ended by SIGKILL; often the container ran out of memory")


def test_a_missing_script_is_named_before_anything_starts(run_job: Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    run = run_job("pass", "--source-dir", str(tmp_path / "elsewhere"))

    assert run.process.returncode == errors.ScriptNotFoundError.exit_code
    assert "there is no script" in run.output
    assert not run.folder.exists()


@pytest.mark.parametrize("script", ["pass", ""], ids=["with a script", "without"])
def test_a_missing_source_folder_is_named_before_anything_starts(run_job: Run, tmp_path: Path, script: str) -> None:
    run = run_job(script, "--source-dir", str(tmp_path / "elsewhere"))

    assert run.process.returncode == errors.ScriptNotFoundError.exit_code
    assert "there is no source folder" in run.output
    assert not run.folder.exists()


def test_a_script_that_hangs_at_import_is_ended_and_shows_where(run_job: Run) -> None:
    run = run_job(
        """
        import signal
        signal.pause()  # such as an import that waits for a network
        """,
        "--hosts=2",
        "--environment=SAGEMAKER_RL_START_TIMEOUT_S=2",
    )

    code = errors.ScriptHungError.exit_code
    assert run.exit_codes() == {"algo-1": code, "algo-2": code}
    assert run.failure("algo-2").startswith("the script has printed nothing and done nothing for 2 s")
    assert 'job.py", line 3 in <module>' in run.failure("algo-2")


def test_an_unknown_toolkit_is_refused(run_job: Run) -> None:
    run = run_job("", toolkit="rya")

    assert run.exit_codes() == {"algo-1": errors.UnknownToolkitError.exit_code}
    assert run.failure("algo-1").startswith("there is no toolkit 'rya'; did you mean 'ray'?")


def test_an_unknown_setting_is_refused_before_anything_starts(run_job: Run) -> None:
    run = run_job("", "--environment=SAGEMAKER_RL_RUNON=all")

    assert run.process.returncode == errors.SettingError.exit_code
    assert "did you mean SAGEMAKER_RL_RUN_ON?" in run.output
    assert not run.folder.exists()


def test_when_the_head_is_killed_the_workers_end_at_once_with_the_reason(start_job: Run) -> None:
    run = start_job(WAITING, "--hosts=3")
    run.wait_for("the script is running")
    run.host_process("algo-1").kill()
    run.finish()

    lost = errors.HostLostError.exit_code
    assert run.exit_codes() == {"algo-1": -signal.SIGKILL, "algo-2": lost, "algo-3": lost}
    assert run.failure("algo-3").startswith("the head was lost before the job had ended")
    assert run.processes() == []


def test_when_a_worker_is_killed_every_other_host_names_it(start_job: Run) -> None:
    run = start_job(WAITING, "--hosts=3")
    run.wait_for("the script is running")
    run.host_process("algo-2").kill()
    run.finish()

    lost = errors.HostLostError.exit_code
    assert run.exit_codes() == {"algo-1": lost, "algo-2": -signal.SIGKILL, "algo-3": lost}
    for host in ("algo-1", "algo-3"):
        assert run.failure(host).startswith("host algo-2 was lost before the job had ended")
    assert run.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_stopped_ends_on_every_host(start_job: Run, number: signal.Signals) -> None:
    run = start_job(WAITING, "--hosts=2")
    run.wait_for("the script is running")
    run.process.send_signal(number)
    run.finish()

    assert run.exit_codes() == {"algo-1": 143, "algo-2": 143}
    assert run.failure("algo-2").startswith("the job was stopped by SIGTERM")
    assert run.processes() == []


def test_a_script_that_ends_well_on_sigterm_has_succeeded(start_job: Run) -> None:
    run = start_job(
        """
        import os, pathlib, signal, sys
        def stop(*_):
            pathlib.Path(os.environ["SM_MODEL_DIR"], "policy").touch()
            sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        print("the script is running")
        signal.pause()
        """,
        "--hosts=2",
    )
    run.wait_for("the script is running")
    run.process.send_signal(signal.SIGTERM)
    run.finish()

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}
    assert (run.host("algo-1") / "model" / "policy").exists()


def test_when_the_command_itself_is_killed_nothing_goes_on_without_it(start_job: Run) -> None:
    run = start_job(WAITING, "--hosts=2")
    run.wait_for("the script is running")
    hosts = [run.host_process(name) for name in ("algo-1", "algo-2")]
    os.kill(run.process.pid, signal.SIGKILL)
    run.finish()

    from psutil import wait_procs

    assert wait_procs(hosts, timeout=60)[1] == []
    assert run.processes() == []
