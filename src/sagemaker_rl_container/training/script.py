"""Runs the user's script and says how it ended."""

from __future__ import annotations

import asyncio
import signal

from sagemaker_rl_container.cluster import endings
from sagemaker_rl_container.cluster.supervisor import ProcessPlan, Supervised
from sagemaker_rl_container.cluster.threads import script_threads
from sagemaker_rl_container.cluster.verdict import Verdict
from sagemaker_rl_container.contract.user_code import ScriptCommand
from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.base import Host, Toolkit
from sagemaker_rl_container.training.stopping import Stop

LAST_WORDS_S = 5.0  # for Python to write down where each thread stands


def plan_script(host: Host, command: ScriptCommand, membership: dict[str, str], toolkit: Toolkit) -> ProcessPlan:
    """The script as a process of `host`, able to join the cluster of `toolkit`."""
    # faulthandler shows where a script crashes or hangs, not only that it does.
    environment = {"PYTHONFAULTHANDLER": "1", **script_threads(host.resources.cpus), **host.environment, **membership}
    return ProcessPlan("the script", tuple(command.argv), environment, command.cwd, spared=toolkit.script_needs())


async def watch_script(script: Supervised, settings: Settings, host: str, stop: Stop) -> Verdict:
    """Waits for the script to end, be stopped, or hang: do nothing at all for `start_timeout_s`."""
    stopping = asyncio.create_task(stop.asked())
    hanging = asyncio.create_task(script.hang(settings.start_timeout_s))
    try:
        await asyncio.wait([script.exit, stopping, hanging], return_when=asyncio.FIRST_COMPLETED)
        if script.exit.done():
            return endings.script_ended(script.exit.result(), script.stderr.text(), host)
        if stopping.done():
            code = await script.end(settings.grace_period_s)
            return endings.script_stopped(code, script.stderr.text(), stop.host, settings.grace_period_s)
        script.signal_group(signal.SIGABRT)
        await asyncio.wait([script.exit], timeout=LAST_WORDS_S)
        await script.end(0)
        return endings.script_hung(" ".join(script.plan.argv), settings.start_timeout_s, script.stderr.text(), host)
    finally:
        stopping.cancel()
        hanging.cancel()
