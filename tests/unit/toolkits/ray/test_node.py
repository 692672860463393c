import subprocess
import sys

COMMAND = [sys.executable, "-m", "sagemaker_rl_container.toolkits.ray.node", "--version"]


def test_it_is_ray_once_it_is_let_go() -> None:
    done = subprocess.run(COMMAND, input="\n", capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert "version" in done.stdout


def test_it_does_not_begin_without_its_launcher() -> None:
    done = subprocess.run(COMMAND, input="", capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "the launcher has ended\n"
