"""A real server of a model folder, and a client of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.spaces import Array
from sagemaker_rl_container.serving.policy import Policy, Rows, load_policy

MAIN = Path(__file__).with_name("serve_main.py")
DEADLINE_S = 30


def load(model_dir: Path) -> Policy:
    """The only policy of a model folder, as a server loads it."""
    return load_policy(model_folder.read(model_dir).only(), model_dir)


def act(policy: Policy, observations: Array) -> Array:
    """The actions of a policy of one observation and one action, without state."""
    (action,) = policy.decide(Rows([np.asarray(observations, policy.exported.inputs[0].dtype)])).action
    return action


class Server:
    """A server process and a client of it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        self.client = httpx.Client(base_url=address, timeout=DEADLINE_S)

    def wait_until_ready(self) -> None:
        while (status := self.client.get("/ping").status_code) != 200:
            assert status == 503
            assert self.process.poll() is None

    def predict(self, instances: list[Any], **asked: Any) -> list[Any]:
        """The predictions for instances; the answer has to be one."""
        response = self.client.post("/invocations", json={"instances": instances, **asked})
        assert response.status_code == 200, response.text
        predictions: list[Any] = response.json()["predictions"]
        return predictions

    def invoke(self, body: bytes, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/invocations", content=body, headers={"content-type": "application/json", **given})


def start(*arguments: str | Path, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, MAIN, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


@contextmanager
def serving(model_dir: Path, *arguments: str, **environ: str) -> Iterator[Server]:
    process = start(model_dir, *(arguments or ("127.0.0.1", "0")), **environ)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        found = re.search(r"Listening on http://(\S+):(\d+)", line)
        assert found, line + process.stderr.read()
        server = Server(process, f"http://127.0.0.1:{found[2]}")
        yield server
        server.client.close()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
