"""Each traceback is printed by a real Python process that runs a script."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.contract.traceback_text import TracebackSummary, summarize_traceback


def stderr_of(folder: Path, script: str, **modules: str) -> str:
    for name, text in {"train": script, **modules}.items():
        (folder / f"{name}.py").write_text(dedent(text))
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr


def summary_of(stderr: str) -> TracebackSummary:
    summary = summarize_traceback(stderr)
    assert summary is not None
    return summary


def test_exception_is_told_with_the_place_that_raised_it(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "def f():\n    raise ValueError('boom')\n\nf()\n")
    assert summary_of(stderr) == ("ValueError: boom (train.py, line 2)", stderr.strip("\n"))


def test_place_is_the_users_rather_than_a_librarys(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "import json\n\njson.loads('{')\n")
    assert summary_of(stderr).reason.startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert summary_of(stderr).reason.endswith(" (train.py, line 3)")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt (train.py, line 1)"),
        ("raise ValueError('')", "ValueError (train.py, line 1)"),
        ("assert 1 == 2", "AssertionError (train.py, line 1)"),
        ("exec('1/0')", "ZeroDivisionError: division by zero (train.py, line 1)"),
        ("raise ValueError('a\\nb\\n  c')", "ValueError: a (train.py, line 1)\nb\n  c"),
        ("raise ValueError('a\\n\\nb')", "ValueError: a (train.py, line 1)"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded (train.py, line 1)"),
    ],
)
def test_last_exception(script: str, reason: str, tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, script)
    assert summary_of(stderr) == (reason, stderr.strip("\n"))


def test_name_of_an_exception_may_be_in_any_script(tmp_path: Path) -> None:
    reason = summary_of(stderr_of(tmp_path, "class é(Exception): pass\nraise é('x')")).reason
    assert reason.endswith("é: x (train.py, line 2)")  # behind __main__. in Python 3.10


CHAIN = """
try:
    {}["lr"]
except KeyError as error:
    raise RuntimeError("bad configuration"){cause}
"""


@pytest.mark.parametrize(("cause", "relation"), [(" from error", "caused by"), ("", "while handling")])
def test_chain_names_the_first_exception_too_and_is_kept_whole(cause: str, relation: str, tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, CHAIN.replace("{cause}", cause))
    reason = f"RuntimeError: bad configuration (train.py, line 5); {relation} KeyError: 'lr' (train.py, line 3)"
    assert summary_of(stderr) == (reason, stderr.strip("\n"))


def test_chain_of_three(tmp_path: Path) -> None:
    script = """
    def a():
        raise KeyError(1)
    def b():
        try: a()
        except KeyError as e: raise ValueError(2) from e
    try: b()
    except ValueError: raise TypeError(3)
    """
    assert summary_of(stderr_of(tmp_path, script)).reason == (
        "TypeError: 3 (train.py, line 8); while handling ValueError: 2 (train.py, line 6);"
        " caused by KeyError: 1 (train.py, line 3)"
    )


def test_syntax_error_of_the_script_which_has_no_header(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "x = 1\ndef f(\n")
    assert "Traceback" not in stderr
    assert summary_of(stderr) == ("SyntaxError: '(' was never closed (train.py, line 2)", stderr.strip("\n"))


def test_syntax_error_of_a_module_that_the_script_imports(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "import helper\n", helper="if True:\nx = 1\n")
    assert summary_of(stderr).reason.startswith("IndentationError: expected an indented block")
    assert summary_of(stderr).reason.endswith(" (helper.py, line 2)")


def test_source_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(b"x = '\xe9'\n")
    done = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert summary_of(done.stderr).reason.startswith("SyntaxError: ")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_group_names_its_exceptions(tmp_path: Path) -> None:
    script = """
    def f():
        raise TypeError("t")
    def group():
        members = [ValueError("v\\nsecond line")]
        try: f()
        except TypeError as error: members.append(error)
        raise ExceptionGroup("inner", members)
    try: group()
    except ExceptionGroup as error: raise ExceptionGroup("outer", [error, KeyError("k")])
    """
    stderr = stderr_of(tmp_path, script)
    reason = summary_of(stderr).reason
    assert "ExceptionGroup: outer (2 sub-exceptions) (train.py, line 10): ExceptionGroup: inner" in reason
    assert "ValueError: v" in reason
    assert "TypeError: t (train.py, line 3)" in reason
    assert "KeyError: 'k'" in reason
    assert summary_of(stderr).text == stderr.strip("\n")


def test_remote_traceback_of_a_process_pool(tmp_path: Path) -> None:
    script = """
    from concurrent.futures import ProcessPoolExecutor
    def work(x):
        return 1 / x
    if __name__ == "__main__":
        with ProcessPoolExecutor(1) as pool:
            pool.submit(work, 0).result()
    """
    reason = summary_of(stderr_of(tmp_path, script)).reason
    assert reason.startswith("ZeroDivisionError: division by zero (train.py, line ")
    assert "caused by ZeroDivisionError: division by zero (train.py, line 4)" in reason


# As Ray 2.60 printed it: the worker's traceback is in the message, behind colour codes.
RAY = """\
2026-01-01 00:00:00,000\tINFO worker.py:2038 -- Started a local Ray instance.
Traceback (most recent call last):
  File "/opt/ml/code/train.py", line 14, in <module>
    ray.get(outer.remote())
  File "/usr/lib/python3/dist-packages/ray/_private/worker.py", line 1053, in get_objects
    raise value.as_instanceof_cause()
ray.exceptions.RayTaskError(RuntimeError): \x1b[36mray::outer()\x1b[39m (pid=18670, ip=10.0.0.2)
           ^^^^^^^^^^^^^^^^^^^
ray.exceptions.RayTaskError(ValueError): \x1b[36mray::inner()\x1b[39m (pid=18708, ip=10.0.0.2)
  File "/opt/ml/code/envs.py", line 5, in inner
    raise ValueError("boom inner")
ValueError: boom inner

The above exception was the direct cause of the following exception:

\x1b[36mray::outer()\x1b[39m (pid=18670, ip=10.0.0.2)
  File "/opt/ml/code/train.py", line 11, in outer
    raise RuntimeError("outer") from e
RuntimeError: outer
"""
WORKER = """\
\x1b[36m(Env pid=77)\x1b[0m Traceback (most recent call last):
\x1b[36m(Env pid=77)\x1b[0m   File "/opt/ml/code/envs.py", line 3, in step
\x1b[36m(Env pid=77)\x1b[0m     raise OSError("disk")
\x1b[36m(Env pid=77)\x1b[0m OSError: disk
(raylet) The node with node id 1 was lost.
"""


def test_ray_task_error_is_told_as_what_the_worker_raised() -> None:
    reason = "RuntimeError: outer (train.py, line 11); caused by ValueError: boom inner (envs.py, line 5)"
    assert summary_of(RAY).reason == reason
    assert summary_of(RAY).text.startswith("Traceback (most recent call last):\n")
    assert summary_of(RAY).text.endswith("\nRuntimeError: outer")


def test_workers_traceback_counts_only_where_the_script_printed_none() -> None:
    assert summary_of(RAY + WORKER).reason.startswith("RuntimeError: outer")
    assert summary_of(WORKER).reason == "OSError: disk (envs.py, line 3)"


@pytest.mark.parametrize(
    "noise",
    [
        "2026-01-01 00:00:01,000\tWARNING worker.py:1 -- shutting down",
        "[2026-01-01 00:00:01,000 E 1 2] core_worker.cc:1: lost",
        "[rank0]:[W101 00:00:00] destroy_process_group() was not called",
        "(raylet) Spilled 1 MiB",
        "WARNING:root:late",
        "/usr/lib/python3.11/multiprocessing/resource_tracker.py:224: UserWarning: 1 leaked",
        "Segmentation fault (core dumped)",
        "\n2026-01-01 00:00:01 bye\nand more",
    ],
)
def test_noise_after_the_traceback_is_left_out(noise: str, tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "raise ValueError('boom')")
    assert summary_of(f"starting\n{stderr}{noise}\n") == (
        "ValueError: boom (train.py, line 1)",
        stderr.strip("\n"),
    )


def test_log_line_of_a_thread_inside_the_traceback_is_left_out(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "raise ValueError('boom')")
    lines = stderr.splitlines()
    assert summary_of("\n".join([*lines[:2], "INFO: tick", *lines[2:]])).text == stderr.strip("\n")


def test_what_python_ignores_at_its_end_is_passed_over(tmp_path: Path) -> None:
    script = """
    class Simulator:
        def __del__(self):
            raise OSError("already closed")
    simulator = Simulator()
    raise ValueError("boom")
    """
    stderr = stderr_of(tmp_path, script)
    assert "OSError: already closed" in stderr
    assert summary_of(stderr).reason == "ValueError: boom (train.py, line 6)"


def test_last_of_several_counts(tmp_path: Path) -> None:
    script = """
    import logging
    try: 1 / 0
    except ZeroDivisionError: logging.exception("retrying")
    raise ValueError("boom")
    """
    summary = summary_of(stderr_of(tmp_path, script))
    assert summary.reason == "ValueError: boom (train.py, line 5)"
    assert "ZeroDivisionError" not in summary.text


def test_output_that_begins_inside_a_traceback(tmp_path: Path) -> None:
    stderr = stderr_of(tmp_path, "def f():\n    raise ValueError('boom')\n\nf()\n")
    assert summary_of(stderr[stderr.index("\n") - 10 :]).reason == "ValueError: boom (train.py, line 2)"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "training\ndone\n",
        "python: can't open file '/opt/ml/code/x.py': [Errno 2] No such file or directory\n",
        "Traceback (most recent call last):\n",
        'Traceback (most recent call last):\n  File "train.py", line 1, in <module>\n    x\n',
        'Fatal Python error: Aborted\n\nThread 0x1 (most recent call first):\n  File "a.py", line 1 in f\n',
    ],
)
def test_without_a_traceback_nothing_is_told(text: str) -> None:
    assert summarize_traceback(text) is None


@given(st.text())
def test_any_text_is_read_without_error(text: str) -> None:
    summarize_traceback(text)
    summarize_traceback("Traceback (most recent call last):\n" + text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\x1b"), min_size=1), st.text())
def test_any_message_is_told_from_its_first_line(first: str, more: str) -> None:
    try:
        raise ValueError(f"{first}\n{more}")
    except ValueError as error:
        text = "".join(traceback.format_exception(error))
    summary = summarize_traceback(text)
    if not more.strip("\n").startswith("Traceback"):
        assert summary is not None
        assert summary.reason.startswith(f"ValueError: {first} (")


def test_what_rays_logging_puts_after_a_message_is_no_part_of_the_reason() -> None:
    context = "job_id=01000000 worker_id=fb90ba3b node_id=85465ff0 task_name=SingleAgentEnvRunner.__init__"
    text = f'Traceback (most recent call last):\n  File "env.py", line 4, in f\nValueError: no levels {context}\n'
    summary = summarize_traceback(text)
    assert summary is not None
    assert summary.reason == "ValueError: no levels (env.py, line 4)"
