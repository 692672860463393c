"""Runs on all hosts: the worker ends first, and the head, which has seen that, goes on to write the model."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

EXPORT_S = 4.0  # ample for an engine that ends all containers as soon as the first one has ended

if __name__ == "__main__":
    shared = Path(os.environ["SM_MODEL_DIR"])  # of all hosts, in the local mode of both SDKs
    worker_has_ended = shared / "worker-has-ended"
    if os.environ["SM_CURRENT_HOST"] != json.loads(os.environ["SM_HOSTS"])[0]:
        worker_has_ended.touch()
    else:
        while not worker_has_ended.exists():
            time.sleep(0.05)
        time.sleep(EXPORT_S)
        (shared / "model").write_text("complete")
