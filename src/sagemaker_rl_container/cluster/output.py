"""Where the output of a process goes, chunk by chunk as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol


class Output(Protocol):
    """A place for the bytes that a process prints."""

    def write(self, chunk: bytes) -> None:
        """Takes some bytes, as they came: not necessarily whole lines."""

    def close(self) -> None:
        """Called once, after the last chunk."""


class Nowhere:
    """Output that nobody needs to see; the supervisor keeps its tail all the same."""

    def write(self, chunk: bytes) -> None:
        """Forgets the bytes."""

    def close(self) -> None:
        """Does nothing."""


class Stream:
    """Output passed on to a stream at once.

    Args:
        stream: Such as sys.stdout.buffer; stays open.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, chunk: bytes) -> None:
        """Passes the bytes on."""
        self._stream.write(chunk)
        self._stream.flush()

    def close(self) -> None:
        """Leaves the stream open: it belongs to others."""


class File:
    """Output appended to a file.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Appends the bytes."""
        self._file.write(chunk)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Prefixed:
    """Whole lines, each behind the name of the host that printed it.

    Args:
        prefix: What to put before a line.
        output: Where the lines go.
    """

    def __init__(self, prefix: bytes, output: Output) -> None:
        self._prefix = prefix
        self._output = output
        self._begun = b""

    def write(self, chunk: bytes) -> None:
        """Passes on the lines that are complete; keeps the last one until it is."""
        # A progress bar ends its lines with a carriage return: without this it would show nothing until its end.
        *lines, self._begun = (self._begun + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if lines:
            self._output.write(b"".join(self._prefix + line + b"\n" for line in lines))

    def close(self) -> None:
        """Passes on what never got an end."""
        if self._begun:
            self._output.write(self._prefix + self._begun + b"\n")
            self._begun = b""
        self._output.close()


class Tee:
    """The same output in several places.

    Args:
        outputs: The places.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = outputs

    def write(self, chunk: bytes) -> None:
        """Passes the bytes on to every place."""
        for output in self._outputs:
            output.write(chunk)

    def close(self) -> None:
        """Closes every place."""
        for output in self._outputs:
            output.close()
