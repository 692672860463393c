import asyncio
import os
import signal
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from sagemaker_rl_container.cluster.output import Nowhere
from sagemaker_rl_container.cluster.supervisor import ProcessPlan, Supervised, Tail, launch


class Kept(Nowhere):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, chunk: bytes) -> None:
        self.data += chunk


def python(code: str, tmp_path: Path, ready_text: str = "") -> ProcessPlan:
    argv = (sys.executable, "-u", "-X", "faulthandler", "-c", textwrap.dedent(code))
    return ProcessPlan("a script", argv, {"PATH": "/usr/bin:/bin"}, tmp_path, ready_text)


async def printed(process: Supervised) -> None:
    await asyncio.wait_for(process.printed.wait(), 30)


def test_output_is_streamed_and_its_tail_kept(tmp_path: Path) -> None:
    async def run() -> tuple[int, bytes, str]:
        out = Kept()
        process = launch(python("import sys; print('a'); print('b', file=sys.stderr)", tmp_path), out, Nowhere())
        return await process.wait(), out.data, process.stderr.text()

    assert asyncio.run(run()) == (0, b"a\n", "b\n")


def test_a_process_is_ready_when_it_says_so(tmp_path: Path) -> None:
    code = "import signal; print('starting'); print('node is up'); signal.pause()"

    async def run() -> int:
        process = launch(python(code, tmp_path, ready_text="node is up"), Nowhere(), Nowhere())
        await asyncio.wait_for(process.ready.wait(), 30)
        return await process.end(0)

    assert asyncio.run(run()) < 0


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace_period(tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); signal.pause()"

    async def run() -> int:
        process = launch(python(code, tmp_path), Nowhere(), Nowhere())
        await printed(process)
        return await process.end(0.1)

    assert asyncio.run(run()) == -signal.SIGKILL


def test_a_suspended_process_can_still_clean_up(tmp_path: Path) -> None:
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); print('up'); signal.pause()"

    async def run() -> int:
        process = launch(python(code, tmp_path), Nowhere(), Nowhere())
        await printed(process)
        process.signal_group(signal.SIGSTOP)
        return await process.end(30)

    assert asyncio.run(run()) == 3


def test_what_a_shell_has_started_can_still_save_when_the_shell_is_gone(tmp_path: Path) -> None:
    code = """
        import signal, subprocess, sys
        save = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(open('saved', 'w').close()))"
        child = f"import signal, sys; {save}; print('up', flush=True); signal.pause()"
        subprocess.Popen([sys.executable, "-c", child])
        signal.pause()  # as a shell: ended by SIGTERM, whatever it has started
        """

    async def run() -> int:
        process = launch(python(code, tmp_path), Nowhere(), Nowhere())
        await printed(process)
        return await process.end(30)

    assert asyncio.run(run()) == -signal.SIGTERM
    assert (tmp_path / "saved").exists()


def test_a_process_that_waits_begins_when_it_is_let_go(tmp_path: Path) -> None:
    code = "import sys; print('up'); sys.exit(5 if sys.stdin.readline() else 6)"

    async def run() -> int:
        process = launch(replace(python(code, tmp_path), waits=True), Nowhere(), Nowhere())
        await printed(process)
        process.go()
        return await process.wait()

    assert asyncio.run(run()) == 5


def test_the_loss_of_a_vital_process_is_noticed_whatever_the_signal(tmp_path: Path) -> None:
    code = """
        import signal, subprocess
        print(subprocess.Popen(["sleep", "1000"]).pid)
        signal.pause()
        """

    async def run() -> str:
        plan = replace(python(code, tmp_path), vital=frozenset({"sleep"}))
        process = launch(plan, out := Kept(), Nowhere())
        await printed(process)
        loss = asyncio.create_task(process.vital_loss())
        os.kill(int(out.data), signal.SIGTERM)
        name = await asyncio.wait_for(loss, 30)
        await process.end(0)
        return name

    assert asyncio.run(run()) == "sleep"


def test_signals_reach_what_the_process_has_started(tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"])
        sys.exit(child.wait())
    """

    async def run() -> int:
        process = launch(python(code, tmp_path), Nowhere(), Nowhere())
        await printed(process)
        return await process.end(30)

    assert asyncio.run(run()) != 0


def test_a_daemon_that_keeps_the_pipe_open_does_not_hold_up_the_end(tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
        print("done")
    """

    async def run() -> int:
        process = launch(python(code, tmp_path), Nowhere(), Nowhere())
        return await asyncio.wait_for(process.wait(), 30)

    try:
        assert asyncio.run(run()) == 0
    finally:
        from sagemaker_rl_container.cluster.leftovers import end_descendants

        end_descendants(0)


def test_a_process_that_prints_and_computes_nothing_hangs(tmp_path: Path) -> None:
    async def run() -> None:
        process = launch(python("import signal; signal.pause()", tmp_path), Nowhere(), Nowhere())
        await asyncio.wait_for(process.hang(1.0), 60)
        await process.end(0)

    asyncio.run(run())


@pytest.mark.parametrize("code", ["print('hello')", "sum(range(2 * 10**8))"])
def test_a_process_that_prints_or_computes_does_not_hang(tmp_path: Path, code: str) -> None:
    async def run() -> bool:
        process = launch(python(code + "; import signal; print('x'); signal.pause()", tmp_path), Nowhere(), Nowhere())
        hang = asyncio.create_task(process.hang(2.0))
        await printed(process)
        await asyncio.wait([hang], timeout=0.5)
        hung = hang.done()
        hang.cancel()
        await process.end(0)
        return hung

    # The sum takes longer than the patience, but it computes all the while.
    assert not asyncio.run(run())


def test_a_tail_keeps_the_last_bytes() -> None:
    tail = Tail(limit=4)
    for chunk in (b"abc", b"def", b"gh"):
        tail.add(chunk)

    assert tail.text() == "efgh"


def test_a_plan_does_not_show_its_environment(tmp_path: Path) -> None:
    plan = ProcessPlan("Ray", ("ray",), {"RAY_AUTH_TOKEN": "very-secret"}, tmp_path)

    assert "very-secret" not in repr(plan)


def test_a_program_that_a_shell_runs_ends_at_its_leisure(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        textwrap.dedent(
            """
            import signal, sys

            def end(number, frame):
                print("saved")
                sys.exit()

            signal.signal(signal.SIGTERM, end)
            sys.stdout.write("ready\\n")  # at once, not the end of the line after "saved"
            while True:
                signal.pause()
            """
        )
    )
    # Two commands, so that no shell takes the liberty of becoming the first.
    argv = ("/bin/sh", "-c", f"{sys.executable} -u script.py; echo never")

    async def run() -> tuple[int, bytes]:
        out = Kept()
        process = launch(ProcessPlan("a script", argv, {}, tmp_path), out, Nowhere())
        await printed(process)
        return await process.end(60), out.data

    code, output = asyncio.run(run())
    assert code == -signal.SIGTERM
    assert output == b"ready\nsaved\n"


def test_programs_that_a_script_needs_are_not_asked_to_end(tmp_path: Path) -> None:
    (tmp_path / "raylet").symlink_to("/bin/sleep")
    code = f"""
        import signal, subprocess, sys
        signal.signal(signal.SIGTERM, lambda number, frame: None)
        needed = subprocess.Popen(["{tmp_path}/raylet", "600"])
        other = subprocess.Popen(["sleep", "600"])
        print("ready")
        print("other", other.wait(), "needed", needed.poll())
        needed.kill()
    """

    async def run() -> bytes:
        out = Kept()
        process = launch(replace(python(code, tmp_path), spared=("/raylet",)), out, Nowhere())
        await printed(process)
        await process.end(60)
        return out.data

    assert asyncio.run(run()) == b"ready\nother -15 needed None\n"
