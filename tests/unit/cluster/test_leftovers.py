import subprocess
import sys
import textwrap

import psutil


def test_orphans_and_deaf_descendants_are_ended() -> None:
    """A host whose child leaves a grandchild behind that ignores SIGTERM: all of them are gone."""
    code = """
        import subprocess, sys
        from sagemaker_rl_container.cluster.leftovers import adopt_orphans, end_descendants
        adopt_orphans()
        deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
        parent = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', sys.argv[1]],"
        parent += "stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True);"
        parent += "print(p.stdout.readline(), p.pid)"
        found = subprocess.run([sys.executable, "-c", parent, deaf], capture_output=True, text=True, check=True)
        end_descendants(0.2)
        print(found.stdout.split()[-1])
    """
    host = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=60
    )

    assert not psutil.pid_exists(int(host.stdout))


def test_a_host_ends_with_the_process_that_started_it() -> None:
    child = """
        import signal
        from functools import partial
        from sagemaker_rl_container.cluster.leftovers import die_with_parent
        import subprocess, sys
        p = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"],
                             preexec_fn=partial(die_with_parent, signal.SIGKILL))
        print(p.pid, flush=True)
    """
    parent = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(child)], capture_output=True, text=True, check=True, timeout=60
    )

    psutil.wait_procs([p for p in psutil.process_iter() if p.pid == int(parent.stdout)], timeout=30)
    assert not psutil.pid_exists(int(parent.stdout))
