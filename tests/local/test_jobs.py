"""Jobs that succeed: what the script sees, and what it leaves behind."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun

Run = Callable[..., LocalRun]

SAVE = """
    import json, os, pathlib, sys
    def save(**what):
        pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(what))
"""


def seen(run: LocalRun, host: str = "algo-1") -> dict[str, object]:
    loaded: dict[str, object] = json.loads((run.host(host) / "model" / "seen.json").read_text())
    return loaded


def test_the_script_gets_hyperparameters_channels_and_environment(run_job: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "episodes.json").write_text("[1]")
    run = run_job(
        SAVE
        + """
    channel = pathlib.Path(os.environ["SM_CHANNEL_TRAINING"])
    save(arguments=sys.argv[1:], color=os.environ["COLOR"], hps=json.loads(os.environ["SM_HPS"]),
         episodes=(channel / "episodes.json").read_text(), hosts=json.loads(os.environ["SM_HOSTS"]),
         cpus=os.environ["SM_NUM_CPUS"], job=json.loads(os.environ["SM_TRAINING_ENV"])["job_name"])
    """,
        "--hyperparameter=lr=0.0003",
        "--hyperparameter=algorithm=PPO",
        f"--channel=training={tmp_path / 'data'}",
        "--environment=COLOR=red",
    )

    assert run.process.returncode == 0, run.output
    assert int(str(seen(run).pop("cpus"))) >= 1
    assert {name: value for name, value in seen(run).items() if name != "cpus"} == {
        "arguments": ["--algorithm", "PPO", "--lr", "0.0003"],
        "color": "red",
        "hps": {"algorithm": "PPO", "lr": 0.0003},
        "episodes": "[1]",
        "hosts": ["algo-1"],
        "job": run.folder.name,
    }


def test_the_archives_are_those_that_sagemaker_would_leave(run_job: Run) -> None:
    run = run_job(SAVE + "    save(ok=True)\n", "--hosts=2")

    with tarfile.open(run.folder / "model.tar.gz") as model:
        assert model.getnames() == ["seen.json"]
    with tarfile.open(run.folder / "output.tar.gz") as output:
        assert "success" in output.getnames()
    assert (run.folder / "hosts" / "algo-2" / "output" / "success").exists()
    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}
    assert run.processes() == []


def test_lines_carry_the_name_of_their_host_and_are_kept_in_its_log(run_job: Run) -> None:
    run = run_job("print('hello')", "--hosts=2", "--environment=SAGEMAKER_RL_RUN_ON=all")

    assert "algo-1 | hello" in run.output
    assert "algo-2 | hello" in run.output
    assert "hello\n" in (run.folder / "hosts" / "algo-2.log").read_text()


def test_the_script_runs_on_the_head_alone_unless_all_hosts_are_asked_for(run_job: Run) -> None:
    script = SAVE + "    save(host=os.environ['SM_CURRENT_HOST'])\n"
    alone = run_job(script, "--hosts=2", name="alone")
    everywhere = run_job(script, "--hosts=2", "--environment=SAGEMAKER_RL_RUN_ON=all", name="everywhere")

    assert not (alone.host("algo-2") / "model" / "seen.json").exists()
    assert [seen(everywhere, host)["host"] for host in ("algo-1", "algo-2")] == ["algo-1", "algo-2"]


def test_when_the_script_fails_on_a_worker_every_host_fails(run_job: Run) -> None:
    run = run_job(
        "import os, sys; sys.exit(5 * (os.environ['SM_CURRENT_HOST'] == 'algo-2'))",
        "--hosts=2",
        "--environment=SAGEMAKER_RL_RUN_ON=all",
    )

    assert run.exit_codes() == {"algo-1": 5, "algo-2": 5}
    assert "host: algo-2" in run.failure("algo-1")


def test_a_shell_script_is_an_entry_point(run_job: Run) -> None:
    run = run_job('echo "$@" >"$SM_MODEL_DIR/arguments"\n', "--hyperparameter=lr=0.1", suffix=".sh")

    assert run.process.returncode == 0, run.output
    assert (run.host("algo-1") / "model" / "arguments").read_text() == "--lr 0.1\n"
