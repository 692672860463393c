"""TensorBoard events of the training iterations, under the tags that Tune gives them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

PREFIX = "ray/tune/"


class Events:
    """Writes the figures of the iterations over environment steps.

    Args:
        folder: Where the event files go. A restarted job adds another file, which hides what an earlier one has of the
            iterations that are repeated.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def add(self, row: Iteration) -> None:
        """Writes an iteration, and flushes, so that whoever looks sees it, however the process ends.

        Raises:
            OSError: The folder cannot be written to.
        """
        # Imported here since it takes a third of a second. Not SummaryWriter: it hands over to a thread, and loses what
        # that has not written when the process is killed.
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.proto.summary_pb2 import Summary

        step = row.iteration if row.env_steps is None else row.env_steps
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._writer = EventsWriter(str(self._folder / "events"), f".{os.getpid()}")
            begun = SessionLog(status=SessionLog.SessionStatus.Value("START"))
            self._writer.write_event(Event(wall_time=time.time(), step=step, session_log=begun))
        values = [Summary.Value(tag=PREFIX + name, simple_value=value) for name, value in row.figures.items()]
        self._writer.write_event(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))
        self._writer.flush()

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
