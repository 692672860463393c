"""Runs the user's script and says how it ended."""

from __future__ import annotations

import asyncio
import signal

import msgspec

from sagemaker_rl_container.cluster.supervisor import ProcessPlan, Supervised
from sagemaker_rl_container.cluster.verdict import Verdict, describe_exit, out_of_memory, shell_exit_code
from sagemaker_rl_container.contract.traceback_text import summarize_traceback
from sagemaker_rl_container.contract.user_code import ScriptCommand
from sagemaker_rl_container.errors import ScriptHungError
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host
from sagemaker_rl_container.training.racing import stopped_verdict

LAST_WORDS_S = 5.0  # for Python to write down where each thread stands


def plan_script(host: Host, command: ScriptCommand, membership: dict[str, str]) -> ProcessPlan:
    """The script as a process of `host`, able to join the cluster."""
    # faulthandler shows where a script crashes or hangs, not only that it does.
    environment = {"PYTHONFAULTHANDLER": "1", **host.environment, **membership}
    return ProcessPlan("the script", tuple(command.argv), environment, command.cwd)


async def watch_script(script: Supervised, settings: Settings, host: str, stop: asyncio.Event) -> Verdict:
    """Waits for the script to end, be stopped, or hang: do nothing at all for `start_timeout_s`."""
    stopping = asyncio.create_task(stop.wait())
    hanging = asyncio.create_task(script.hang(settings.start_timeout_s))
    try:
        await asyncio.wait([script.exit, stopping, hanging], return_when=asyncio.FIRST_COMPLETED)
        if script.exit.done():
            return _verdict(script, host)
        if stopping.done():
            code = await script.end(settings.grace_period_s)
            return Verdict() if code == 0 else stopped_verdict(host)
        script.signal_group(signal.SIGABRT)
        await asyncio.wait([script.exit], timeout=LAST_WORDS_S)
        await script.end(0)
        hung = Verdict.of_error(_hung(script, settings), host)
        return msgspec.structs.replace(hung, traceback=script.stderr.text().strip())
    finally:
        stopping.cancel()
        hanging.cancel()


def _verdict(script: Supervised, host: str) -> Verdict:
    code = script.exit.result()
    if code == 0:
        return Verdict()
    raised = summarize_traceback(script.stderr.text())
    reason, traceback = raised or (describe_exit(code), script.stderr.text().strip())
    # A script that raises may do so because Linux has killed one of its env runners.
    detail = out_of_memory() if raised else ""
    return Verdict(shell_exit_code(code), reason, detail, host, traceback)


def _hung(script: Supervised, settings: Settings) -> ScriptHungError:
    return ScriptHungError(
        f"the script has printed nothing and done nothing for {settings.start_timeout_s:g} s since it started",
        where=" ".join(script.plan.argv),
        expected="a first line of output, or work",
        do="see below where it waits; raise SAGEMAKER_RL_START_TIMEOUT_S if it may wait that long",
    )
