"""The last Python traceback in what a script printed to stderr, and what it says in a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What Ray's logging puts after a message, to say which of its processes wrote it.
_RAY_CONTEXT = re.compile(r" job_id=[0-9a-f]+ worker_id=[0-9a-f]+ .*$", re.MULTILINE)
_RAY_PREFIX = re.compile(r"^\([^()]*pid=\d+[^()]*\) ", re.MULTILINE)
_HEADER = re.compile(r"(\s*\+ Exception Group )?Traceback \(most recent call last\):$")
_FRAME = re.compile(r'\s+File "(?P<file>.+)", line (?P<line>\d+)(, in .*)?$')
_BARE = re.compile(r"(SyntaxError|IndentationError|TabError): ")  # without header: the script was never run
_GROUP_LINE = re.compile(r"\s+[|+]")
_GROUP_RULE = re.compile(r"\s+\+-[-+ \d.]*$")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(: .*|:)?$")
_RELATIONS = {
    "The above exception was the direct cause of the following exception:": "caused by",
    "During handling of the above exception, another exception occurred:": "while handling",
}
# What others write after a traceback; any other line there belongs to the exception's message.
_NOISE = re.compile(
    r"\[?\d{4}-\d\d-\d\d|\[rank\d+\]|\([^()]*(pid=\d+|raylet|autoscaler)|[IWEF]\d{4} |\*\*\* "
    r"|(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|\S+:\d+: \w*Warning: |Exception ignored|Fatal Python error"
    r"|Segmentation fault|Killed$|Aborted|terminate called"
)
# What faulthandler writes when the interpreter itself is ended by a signal, innermost frame first.
_CRASH = re.compile(
    r"^Fatal Python error: .*?^(?:Current thread|Thread) [^\n]*\(most recent call first\):\n"
    r"(?P<frames>(?:  [^\n]+\n?)*)",
    re.MULTILINE | re.DOTALL,
)
_CRASH_FRAME = re.compile(r'  File "(?P<file>.+)", line (?P<line>\d+) in ')
_LIBRARY = re.compile(r"<|.*/(site|dist)-packages/|.*/lib/python3[\d.]*/")
_MESSAGE_LINES = 10


class TracebackSummary(NamedTuple):
    """What a traceback says.

    Attributes:
        reason: The exception, where the user's code raised it, and what caused it, for example
            "ValueError: boom (train.py, line 12)".
        text: The whole traceback, with those that it is chained to.
    """

    reason: str
    text: str


def summarize_traceback(stderr_tail: str) -> TracebackSummary | None:
    """Finds the last traceback in a script's last output; None where there is none.

    The output may begin in the middle of a traceback, and go on after it. What Python ignored (exceptions of
    destructors at its end) is passed over, and what Ray's workers printed counts only where the script itself
    printed no traceback.
    """
    text = _RAY_CONTEXT.sub("", _COLOUR.sub("", stderr_tail))
    for candidate in (text, _RAY_PREFIX.sub("", text)):
        for block in reversed(_blocks(candidate.split("\n"))):
            if reason := _reason(block):
                return TracebackSummary(reason, "\n".join(block).strip("\n"))
    return None


def crash_site(stderr_tail: str) -> str:
    """Where the last crash of the interpreter happened, such as "train.py, line 12"; empty without a crash."""
    crashes = list(_CRASH.finditer(stderr_tail))
    frames = list(_CRASH_FRAME.finditer(crashes[-1]["frames"])) if crashes else []
    own = [frame for frame in frames if not _LIBRARY.match(frame["file"])] or frames
    return f"{PurePath(own[0]['file']).name}, line {own[0]['line']}" if own else ""


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """Splits output into tracebacks, each with those that it is chained to, and drops what lies between."""
    blocks: list[list[str]] = []
    current: list[str] | None = None
    previous = ""  # the last line that is not blank
    for line in lines:
        if _HEADER.match(line) and previous in _RELATIONS and current:
            current.append(line)
        elif _HEADER.match(line) or (current is None and (_FRAME.match(line) or _BARE.match(line))):
            current = [line]
            if not previous.startswith("Exception ignored"):
                blocks.append(current)
        elif not _NOISE.match(line):
            if current is not None:
                current.append(line)
        elif current is not None and _reason(current):
            current = None
        previous = line if line.strip() else previous
    return blocks


def _reason(block: Sequence[str]) -> str:
    """Says what the last exception of a chain is, and what the others have to do with it."""
    links: list[list[str]] = [[]]
    relations = []
    for line in block:
        if line in _RELATIONS:
            relations.append(_RELATIONS[line])
            links.append([])
        else:
            links[-1].append(line)
    *earlier, last = (_described(link) for link in links)
    told = [f"{relation} {link}" for relation, link in zip(relations, earlier, strict=True) if link]
    return "; ".join([last, *reversed(told)]) if last else ""


@dataclass
class _Raised:
    """An exception as a traceback tells it."""

    message: list[str]
    frames: list[re.Match[str]] = field(default_factory=list)

    def __str__(self) -> str:
        own = [frame for frame in self.frames if not _LIBRARY.match(frame["file"])] or self.frames
        where = f" ({PurePath(own[-1]['file']).name}, line {own[-1]['line']})" if own else ""
        first, *others = self.message[:_MESSAGE_LINES]
        return "\n".join([first + where, *others])


def _described(link: Sequence[str]) -> str:
    if any(_GROUP_LINE.match(line) and _HEADER.match(line) for line in link):
        decorated = (line for line in link if _GROUP_LINE.match(line))
        # A rule between the exceptions of a group counts as a blank line: it ends a message.
        group, *members = _raised(
            "" if _GROUP_RULE.match(line) else _GROUP_LINE.sub("", line, count=1)[1:] for line in decorated
        )
        return f"{group}: {'; '.join(map(str, members))}" if members else str(group)
    raised = _raised(link)
    # The innermost one: Ray and PyTorch put a worker's traceback into the message of their exception.
    framed = [exception for exception in raised if exception.frames] or raised
    return str(framed[-1]) if framed else ""


def _raised(lines: Iterable[str]) -> list[_Raised]:
    """Reads the exceptions: each is frames, then a message up to a blank line."""
    found: list[_Raised] = []
    frames: list[re.Match[str]] = []
    open_message = False
    for line in lines:
        if frame := _FRAME.match(line):
            frames = [*frames, frame]
            open_message = False
        elif _HEADER.match(line) or not line.strip():
            open_message = False
        elif open_message:
            found[-1].message.append(line)
        elif not line.startswith(" ") and (frames or _EXCEPTION.match(line)):
            found.append(_Raised([line], frames))
            frames, open_message = [], True
    return found
