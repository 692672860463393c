"""Requests a second of /invocations against a hand-written uvicorn + onnxruntime function.

Same graph, same machine, one worker each, pairs in one run; ratios are medians over the pairs. Needs wrk.
On a machine with other work, read the ratio of CPU time per request: it hardly depends on that work.

    python benchmarks/serving.py --pairs 5 --seconds 4 --connections 16
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from sagemaker_rl_container.policies import model_folder
from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Manifest, Parity, Tensor
from sagemaker_rl_container.policies.spaces import Box, Discrete

BODY = '{"instances": [[0.01, -0.52, 0.13, 0.25]]}'

BY_HAND = """
import sys, numpy as np, onnxruntime as ort, orjson, uvicorn
options = ort.SessionOptions(); options.intra_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
async def app(scope, receive, send):
    status, body = 200, b""
    if scope["path"] == "/invocations":
        body = (await receive())["body"]
        rows = np.asarray(orjson.loads(body)["instances"], np.float32)
        body = orjson.dumps({"predictions": session.run(["action"], {"observation": rows})[0].tolist()})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", lifespan="off",
            access_log=False, log_level="warning", server_header=False)
"""

OURS = """
import os, pathlib, sys
from sagemaker_rl_container.serving.server import serve
serve(pathlib.Path(sys.argv[1]).parent, os.environ, host="127.0.0.1", port=int(sys.argv[2]))
"""

P99 = r"99%\s+([\d.]+)(us|ms|s)"

WRK = f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{BODY}'
"""


def make_policy(folder: Path) -> Path:
    """A 4→256→256→2 policy with tanh, as RLlib's default network has it."""
    from onnx import TensorProto, helper, numpy_helper, save

    draw, sizes = np.random.default_rng(0), (4, 256, 256, 2)
    nodes, weights, value = [], [], "observation"
    for i, (rows, columns) in enumerate(pairwise(sizes)):
        weight = (draw.standard_normal((rows, columns)) / rows**0.5).astype(np.float32)
        weights += [
            numpy_helper.from_array(weight, f"w{i}"),
            numpy_helper.from_array(np.zeros(columns, np.float32), f"b{i}"),
        ]
        out = "logits" if columns == sizes[-1] else f"h{i}"
        nodes.append(helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [out]))
        if out != "logits":
            nodes.append(helper.make_node("Tanh", [out], [f"t{i}"]))
        value = f"t{i}"
    nodes.append(helper.make_node("ArgMax", ["logits"], ["action"], axis=1, keepdims=0))
    inputs = [helper.make_tensor_value_info("observation", TensorProto.FLOAT, ["batch", 4])]
    outputs = [helper.make_tensor_value_info("action", TensorProto.INT64, ["batch"])]
    graph = folder / "policy.onnx"
    model = helper.make_graph(nodes, "policy", inputs, outputs, weights)
    save(helper.make_model(model, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), graph)
    exported = ExportedPolicy(
        file=graph.name,
        sha256=model_folder.checksum(graph),
        format="onnx",
        observation_space=Box((4,), "float32"),
        action_space=Discrete(2),
        inputs=(Tensor(name="observation", dtype="float32", shape=(4,)),),
        outputs=(Tensor(name="action", dtype="int64", shape=()),),
        action=Action(distribution="none", choice="argmax", bounds="none"),
        parity=Parity(observations=0, source="given", max_difference=0, max_logits_difference=0, tolerance=0),
    )
    manifest = Manifest(
        toolkit="none",
        algorithm="MLP",
        versions={},
        policies={"default_policy": exported},
    )
    model_folder.write(manifest, folder)
    return graph


def start(program: str, graph: Path, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """Starts a server; returns it and the seconds until its first 200 from /ping."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, str(graph), str(port)], env=os.environ)
    while not _ready(port):
        if process.poll() is not None or time.perf_counter() - begun > 60:
            raise SystemExit("the server did not become ready in 60 s")
        time.sleep(0.005)
    return process, time.perf_counter() - begun


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping") as response:
            return bool(response.status == 200)
    except OSError:
        return False


class Load(NamedTuple):
    """What wrk measured: requests a second, 99th percentile, and what the server's CPU spent on a request."""

    rate: float
    p99_ms: float
    cpu_us: float

    def __str__(self) -> str:
        return f"{self.rate:7.0f} req/s, p99 {self.p99_ms:6.2f} ms, CPU {self.cpu_us:5.1f} µs"


def load(server: subprocess.Popen[bytes], script: Path, port: int, seconds: int, connections: int) -> Load:
    """Asks `server` as fast as it answers."""
    process = psutil.Process(server.pid)
    before = process.cpu_times()
    url = f"http://127.0.0.1:{port}/invocations"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"requests failed:\n{text}")
    after = process.cpu_times()
    count, rate, p99, unit = (
        re.search(pattern, text).group(group)  # type: ignore[union-attr]
        for pattern, group in (
            (r"(\d+) requests in", 1),
            (r"Requests/sec:\s+([\d.]+)", 1),
            (P99, 1),
            (P99, 2),
        )
    )
    spent = after.user + after.system - before.user - before.system
    return Load(float(rate), float(p99) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit], spent / int(count) * 1e6)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--port", type=int, default=18471)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        graph, script = make_policy(Path(folder)), Path(folder, "post.lua")
        script.write_text(WRK)
        started = [start(program, graph, options.port + i) for i, program in enumerate((OURS, BY_HAND))]
        servers, ready = zip(*started, strict=True)
        print(f"first 200 from /ping: ours {ready[0]:.2f} s, by hand {ready[1]:.2f} s")
        rates, costs = [], []
        try:
            for i in (0, 1):
                load(servers[i], script, options.port + i, 1, options.connections)  # warm
            for pair in range(options.pairs):
                found = {
                    i: load(servers[i], script, options.port + i, options.seconds, options.connections)
                    for i in ((0, 1) if pair % 2 else (1, 0))
                }
                rates.append(found[0].rate / found[1].rate)
                costs.append(found[1].cpu_us / found[0].cpu_us)
                print(f"ours {found[0]}   by hand {found[1]}   ratio {rates[-1]:.3f}, by CPU {costs[-1]:.3f}")
        finally:
            for server in servers:
                server.terminate()
                server.wait()
    print(f"median ratio {statistics.median(rates):.3f}, by CPU {statistics.median(costs):.3f}")


if __name__ == "__main__":
    main()
