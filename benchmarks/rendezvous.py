"""Seconds and memory that the rendezvous of many hosts takes, both ends of every connection in one process.

With a key, and so in TLS; and without one, when the head looks up the name of every host.

python benchmarks/rendezvous.py [--hosts 64 128 256 512]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import resource
import secrets
import subprocess
import sys
import time

from sagemaker_rl_container.cluster.network import free_port
from sagemaker_rl_container.cluster.rendezvous.head import open_meeting
from sagemaker_rl_container.cluster.rendezvous.reach import Place
from sagemaker_rl_container.cluster.rendezvous.tls import client_context
from sagemaker_rl_container.cluster.rendezvous.worker import join_head
from sagemaker_rl_container.cluster.verdict import Verdict

HEAD, PATIENCE_S, SILENCE_S = "127.0.0.1", 60.0, 12.0


async def follow(port: int, host: str, key: str) -> Verdict:
    """A worker, from its first connection to the verdict."""
    async with join_head(Place(HEAD, port, host, key, address=host), time.monotonic() + PATIENCE_S) as link:
        conclusion = asyncio.create_task(link.conclusion())
        await link.engine()
        link.report_ready()
        await link.start()
        return await conclusion


async def meet(count: int, key: str) -> float:
    """Seconds from the first connection to the last host's verdict."""
    workers = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(1, count)]
    port = free_port()
    begun = time.perf_counter()
    if key:
        await asyncio.to_thread(client_context, key)  # hosts of their own would do so side by side
    async with open_meeting(HEAD, port, workers, key, SILENCE_S) as meeting:
        followers = [asyncio.create_task(follow(port, host, key)) for host in workers]
        await meeting.all_joined(PATIENCE_S)
        meeting.offer_engine({"RAY_ADDRESS": "10.0.0.1:6379"})
        await meeting.all_ready(PATIENCE_S)
        meeting.start()
        await meeting.conclude(Verdict())
        await asyncio.gather(*followers)
    return time.perf_counter() - begun


def main() -> None:
    """Measures each number of hosts in a process of its own, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--key", default="", help=argparse.SUPPRESS)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = asyncio.run(meet(options.one, options.key))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        kind = "TLS  " if options.key else "plain"
        print(f"{options.one:4d} hosts  {kind}   {seconds:.2f} s   {grown / 1024:.1f} MiB more")
        return
    for count, key in itertools.product(options.hosts, ("", secrets.token_hex(32))):
        subprocess.run([sys.executable, __file__, "--one", str(count), "--key", key], check=True)


if __name__ == "__main__":
    main()
