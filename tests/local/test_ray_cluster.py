"""Real Ray clusters across the hosts of one machine."""

import json
from collections.abc import Callable

from tests.local.local_run import LocalRun

from sagemaker_rl_container import errors

Run = Callable[..., LocalRun]

NODES = """
    import json, os, pathlib
    import ray
    ray.init(log_to_driver=False)  # as a script on a laptop has it: no address, no options

    @ray.remote(num_cpus=1, scheduling_strategy="SPREAD")
    def where():
        return os.environ["SM_CURRENT_HOST"]

    nodes = [(node["NodeName"], node["Alive"], node["Resources"].get("CPU")) for node in ray.nodes()]
    seen = {"nodes": sorted(nodes), "tasks": sorted(set(ray.get([where.remote() for _ in range(6)])))}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""


def seen(run: LocalRun) -> dict[str, list[object]]:
    assert run.process.returncode == 0, run.output
    loaded: dict[str, list[object]] = json.loads((run.host("algo-1") / "model" / "seen.json").read_text())
    return loaded


def test_a_plain_ray_init_sees_the_nodes_of_three_hosts(run_job: Run) -> None:
    run = run_job(NODES, "--hosts=3", toolkit="ray")

    assert seen(run)["nodes"] == [[host, True, 1.0] for host in ("algo-1", "algo-2", "algo-3")]
    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0, "algo-3": 0}
    assert run.processes() == []


def test_on_a_single_host_ray_init_starts_its_own(run_job: Run) -> None:
    run = run_job(NODES, toolkit="ray")

    assert len(seen(run)["nodes"]) == 1
    assert seen(run)["tasks"] == ["algo-1"]
    assert run.processes() == []


def test_two_jobs_at_once_do_not_collide(start_job: Run) -> None:
    first = start_job(NODES, "--hosts=2", toolkit="ray", name="first")
    second = start_job(NODES, "--hosts=2", toolkit="ray", name="second")

    for run in (first.finish(), second.finish()):
        assert seen(run)["nodes"] == [["algo-1", True, 1.0], ["algo-2", True, 1.0]]


def test_without_the_token_nobody_joins(run_job: Run) -> None:
    run = run_job(
        """
        import os, subprocess, sys
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_AUTH")}
        environment |= {"HOME": "/nonexistent", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "f" * 64}
        stranger = subprocess.run([sys.executable, "-c", "import ray; ray.init()"], env=environment, timeout=120)
        sys.exit(0 if stranger.returncode else "a stranger has joined")
        """,
        "--hosts=2",
        toolkit="ray",
    )

    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output


def test_an_engine_that_dies_fails_the_job_and_says_so(start_job: Run) -> None:
    run = start_job("import signal; print('the script is running'); signal.pause()", "--hosts=2", toolkit="ray")
    run.wait_for("the script is running")
    next(process for process in run.processes() if process.name() == "gcs_server").kill()
    run.finish()

    code = errors.EngineError.exit_code
    assert run.exit_codes() == {"algo-1": code, "algo-2": code}
    assert run.failure("algo-2").startswith("Ray's gcs_server ended by itself")
    for host in ("algo-1", "algo-2"):
        assert list((run.host(host) / "output" / "data" / host / "ray-logs").glob("raylet*.out"))
    assert run.processes() == []
