"""`ray start` for a worker: imports Ray while the head's node starts, and joins it when that is up.

A node that asks too early whether the head is there asks again after two seconds, and one that is started only when the
head is there has its imports still before it.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Waits for a line on stdin, then is `ray` with the arguments of this process."""
    from ray.scripts.scripts import main as ray

    if not sys.stdin.readline():
        sys.exit("the launcher has ended")
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    ray()


if __name__ == "__main__":
    main()
