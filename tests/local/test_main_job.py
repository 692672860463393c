"""The main job as the README has it: train on two hosts, export, serve, play."""

import signal
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import gymnasium
import httpx
import pytest
from tests.local.local_run import COMMAND, LocalRun

from sagemaker_rl_container.cluster.network import free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "cartpole_ppo" / "train.py"
EPISODES = 20
PATIENCE_S = 60.0


@pytest.fixture
def trained(start_job: Callable[..., LocalRun]) -> LocalRun:
    run = start_job(EXAMPLE.read_text(), "--hosts=2", "--hyperparameter=lr=0.0003", toolkit="ray").finish()
    assert run.exit_codes() == {"algo-1": 0, "algo-2": 0}, run.output
    return run


@pytest.fixture
def endpoint(trained: LocalRun) -> Iterator[httpx.Client]:
    port = free_port()
    server = subprocess.Popen(
        [*COMMAND, "local", "serve", str(trained.folder / "model.tar.gz"), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    said = iter(server.stderr.readline, "")
    assert any("Ready" in line for line in said)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
        yield client
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE_S) == 0
    server.stderr.close()


def play(client: httpx.Client, seed: int) -> float:
    """One episode with the served actions; returns its return."""
    environment = gymnasium.make("CartPole-v1")
    observation, _ = environment.reset(seed=seed)
    episode_return, done = 0.0, False
    while not done:
        answer = client.post("/invocations", json={"instances": [observation.tolist()]})
        observation, reward, terminated, truncated, _ = environment.step(answer.json()["predictions"][0])
        episode_return += float(reward)
        done = terminated or truncated
    environment.close()
    return episode_return


def test_the_served_policy_plays_cartpole(trained: LocalRun, endpoint: httpx.Client) -> None:
    assert endpoint.get("/ping").status_code == 200

    returns = [play(endpoint, seed) for seed in range(EPISODES)]

    assert sum(returns) / EPISODES >= 450
    with tarfile.open(trained.folder / "output.tar.gz") as output:
        assert {"success", "data/algo-1/learning_curve.png", "data/algo-1/progress.csv"} <= set(output.getnames())
    assert trained.processes() == []
