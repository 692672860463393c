"""`docker run IMAGE` as people do it, with a script, without one, and with little prepared."""

from __future__ import annotations

import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.images import containers

from sagemaker_rl_container.images.catalog import Image

pytestmark = pytest.mark.docker

WITH_RAY = """
    import ray

    ray.init()
    double = ray.remote(lambda x: 2 * x)
    print("the cluster says", ray.get(double.remote(21)))
"""
STRANGER = ["--user", "12345:12345"]

Code = Callable[..., list[str]]


@pytest.fixture
def code(tmp_path: Path) -> Code:
    """Puts a script into a code folder; gives the options that show it to a container."""

    def write(script: str, **files: str) -> list[str]:
        folder = tmp_path / "code"
        folder.mkdir(exist_ok=True)
        (folder / "train.py").write_text(textwrap.dedent(script))
        return ["--env", "SAGEMAKER_PROGRAM=train.py", *containers.mount(folder, "/opt/ml/code")]

    return write


@pytest.fixture
def open_base(tmp_path: Path) -> list[str]:
    """An /opt/ml that anybody may write to."""
    base = tmp_path / "ml"
    for folder in (base, *(base / name for name in ("code", "input", "model", "output"))):
        folder.mkdir()
        folder.chmod(0o777)
    return containers.mount(base, "/opt/ml")


@pytest.mark.image("serving-cpu", toolkit="ray")
@pytest.mark.parametrize("command", [(), ("train",)], ids=["nothing", "train"])
def test_without_a_script_it_says_what_to_add(image: Image, command: tuple[str, ...]) -> None:
    done = containers.run(image.reference, *command)

    assert done.code == 67
    assert "no training script is named" in done.output
    assert "-e SAGEMAKER_PROGRAM=train.py -v $PWD:/opt/ml/code" in done.output


@pytest.mark.image("serving-cpu", alone=True)
def test_the_image_that_only_serves_says_so_when_asked_to_train(image: Image, code: Code) -> None:
    done = containers.run(image.reference, "train", options=code("print('never')"))

    assert done.code == 69
    assert "never" not in done.output


@pytest.mark.image("serving-cpu")
def test_what_is_no_command_is_executed(image: Image) -> None:
    done = containers.run(image.reference, "sh", "-c", "echo hello; exit 5")

    assert done == containers.Finished(5, "hello\n")


@pytest.mark.image("serving-cpu", toolkit="ray")
@pytest.mark.parametrize("options", [[], ["--shm-size", "64m"], ["--network", "none"]], ids=["plain", "shm", "no-net"])
def test_a_mounted_script_runs_with_nothing_else_prepared(image: Image, code: Code, options: list[str]) -> None:
    done = containers.run(image.reference, options=[*code(WITH_RAY), *options])

    assert done.code == 0, done.output
    assert "the cluster says 42" in done.output


@pytest.mark.image("serving-cpu", toolkit="ray")
def test_little_shared_memory_is_met_with_what_to_add(image: Image, code: Code) -> None:
    done = containers.run(image.reference, options=[*code(WITH_RAY), "--shm-size", "64m"])

    assert "--shm-size" in done.output


@pytest.mark.image("serving-cpu", toolkit="ray")
def test_a_user_without_a_name_trains(image: Image, code: Code, open_base: list[str]) -> None:
    done = containers.run(image.reference, options=[*open_base, *code(WITH_RAY), *STRANGER])

    assert done.code == 0, done.output
    assert "the cluster says 42" in done.output


def tiny_wheel(folder: Path) -> str:
    """A wheel with the module `tiny`; its file name."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "WORD = 'installed'\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path.name


@pytest.mark.image("serving-cpu", toolkit="ray")
@pytest.mark.parametrize("user", [[], STRANGER], ids=["root", "stranger"])
def test_requirements_are_installed(
    image: Image, code: Code, open_base: list[str], user: list[str], tmp_path: Path
) -> None:
    options = code("import tiny\nprint('tiny is', tiny.WORD)")
    (tmp_path / "code" / "requirements.txt").write_text(f"./{tiny_wheel(tmp_path / 'code')}\n")

    done = containers.run(image.reference, options=[*open_base, *options, *user])

    assert done.code == 0, done.output
    assert "tiny is installed" in done.output


@pytest.mark.image("serving-cpu", toolkit="ray")
def test_the_script_s_exit_code_is_the_container_s(image: Image, code: Code) -> None:
    done = containers.run(image.reference, options=code("raise SystemExit(3)"))

    assert done.code == 3


@pytest.mark.image("serving-cpu", toolkit="ray")
def test_sigterm_reaches_the_script_which_ends_at_its_leisure(image: Image, code: Code) -> None:
    options = code(
        """
        import signal, sys, time

        def end(number, frame):
            print("saving")
            sys.exit(7)

        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        while True:
            signal.pause()
        """
    )
    with containers.started(image.reference, "train", options=options) as container:
        container.wait_for("ready")
        code_at_end = container.stop(grace_s=60)

        assert "saving" in container.logs()
        assert code_at_end == 143  # 137 would say that it was killed at the end of the grace


DRIVERS = {
    "ours": "import os; os.execvp('sagemaker-rl', ['sagemaker-rl', 'train'])",
    "the SDK's": "import subprocess, sys; sys.exit(subprocess.run(['sagemaker-rl', 'train']).returncode)",
}


@pytest.mark.image("serving-cpu", toolkit="ray")
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("suffix", ["py", "sh"])
def test_sigterm_reaches_the_script_through_the_shells_of_sdk_v3(
    image: Image, code: Code, tmp_path: Path, driver: str, suffix: str
) -> None:
    """The SDK starts a job that has source_code as `/bin/bash -c`, not by the entry point."""
    options = code(
        """
        import signal, sys, time

        def end(number, frame):
            time.sleep(1)  # as one that writes a checkpoint
            print("saved", flush=True)
            sys.exit(143)

        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        while True:
            signal.pause()
        """
    )
    (tmp_path / "code" / "train.sh").write_text("trap 'echo the shell goes on; exit 143' TERM\npython3 train.py\n")
    (tmp_path / "code" / "driver.py").write_text(DRIVERS[driver])
    (tmp_path / "code" / "sm_train.sh").write_text("#!/bin/bash\nset -e\npython3 /opt/ml/code/driver.py\n")
    options += [f"--env=SAGEMAKER_PROGRAM=train.{suffix}", "--entrypoint=/bin/bash"]
    command = "chmod +x /opt/ml/code/sm_train.sh && /opt/ml/code/sm_train.sh"
    with containers.started(image.reference, "-c", command, options=options) as container:
        container.wait_for("ready")
        code_at_end = container.stop(grace_s=60)

        assert "saved" in container.logs()
        assert "the job was stopped by SIGTERM" in container.logs()
        assert code_at_end == 143
        assert ("the shell goes on" in container.logs()) == (suffix == "sh")


@pytest.mark.image("serving-cpu")
def test_sigterm_reaches_a_program_that_was_executed(image: Image) -> None:
    program = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"
    with containers.started(image.reference, "bash", "-c", program) as container:
        container.wait_for("ready")
        assert container.stop(grace_s=60) == 9


@pytest.mark.image("ray-tensorflow-cpu")
def test_rllib_trains_with_tensorflow_and_exports_a_saved_model(image: Image, code: Code) -> None:
    options = code(
        """
        import os
        from ray.rllib.algorithms.ppo import PPOConfig

        config = PPOConfig().environment("CartPole-v1").framework("tf2")
        config.api_stack(enable_rl_module_and_learner=False, enable_env_runner_and_connector_v2=False)
        config.training(train_batch_size=200, minibatch_size=100, num_epochs=1).env_runners(num_env_runners=0)
        algorithm = config.build_algo()
        print("steps", algorithm.train()["num_env_steps_sampled_lifetime"])
        algorithm.get_policy().export_model(os.environ["SM_MODEL_DIR"])
        print("exported", sorted(os.listdir(os.environ["SM_MODEL_DIR"])))
        """
    )
    done = containers.run(image.reference, options=[*options, "--shm-size", "1g"])

    assert done.code == 0, done.output
    assert "steps 200" in done.output
    assert "saved_model.pb" in done.output
