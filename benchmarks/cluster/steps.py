"""Environment steps per second of an RLlib algorithm: by RayLauncher in a job, and in a bare loop."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

SCRIPT = """
import os, time
import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.callbacks.callbacks import RLlibCallback

LAST = 1 + {iterations}

class Rate(RLlibCallback):
    def on_train_result(self, *, result, **kwargs):
        steps, now = result["num_env_steps_sampled_lifetime"], time.perf_counter()
        if result["training_iteration"] == 1:  # which warms up
            self.first = steps, now
        if result["training_iteration"] == LAST:
            print("rate", (steps - self.first[0]) / (now - self.first[1]), flush=True)

def configure():
    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=1, num_envs_per_env_runner=8)
    config = config.training(train_batch_size_per_learner=4000, minibatch_size=512, num_epochs=3).debugging(seed=1)
    return config.callbacks(Rate)

if os.environ.get("SM_MODEL_DIR"):
    from sagemaker_rl_container.ray import RayLauncher

    class Launcher(RayLauncher):
        def config(self):
            return configure()

        def stop(self):
            return {"training_iteration": LAST}

    Launcher().main()
else:
    ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    algorithm = configure().build_algo()
    for _ in range(LAST):
        algorithm.train()
    algorithm.stop()
"""


def run_steps(image: str, *, bare: bool, iterations: int) -> float:
    """Environment steps per second, checkpoints and progress files included where we write them."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "train.py")
        script.write_text(SCRIPT.replace("{iterations}", str(iterations)))
        command = ["docker", "run", "--rm", "--shm-size=2g", f"--volume={folder}:/opt/ml/code"]
        if bare:
            command += ["--entrypoint=python3", image, "/opt/ml/code/train.py"]
        else:
            # As SageMaker does where a job has a checkpoint location.
            command += ["--tmpfs=/opt/ml/checkpoints", "--env=SAGEMAKER_PROGRAM=train.py", image]
        done = subprocess.run(command, capture_output=True, text=True)
    if "rate " not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return float(done.stdout.rpartition("rate ")[2].split()[0])
