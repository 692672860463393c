from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.cluster.output import File, Prefixed, Tee


class Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""
        self.closed = False

    def write(self, chunk: bytes) -> None:
        self.data += chunk

    def close(self) -> None:
        self.closed = True


@given(st.lists(st.binary(max_size=20)))
def test_every_line_gets_the_prefix_however_the_bytes_arrive(chunks: list[bytes]) -> None:
    kept = Kept()
    output = Prefixed(b"algo-1 | ", kept)
    for chunk in chunks:
        output.write(chunk)
    output.close()

    lines = kept.data.split(b"\n")[:-1]
    assert all(line.startswith(b"algo-1 | ") for line in lines)
    printed = b"".join(chunks).replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    shown = b"\n".join(line.removeprefix(b"algo-1 | ") for line in lines)
    assert shown.replace(b"\n", b"") == printed.replace(b"\n", b"")


def test_a_progress_bar_shows_every_step() -> None:
    kept = Kept()

    Prefixed(b"> ", kept).write(b"10%\r20%\r")

    assert kept.data == b"> 10%\n> 20%\n"


def test_a_tee_writes_to_every_place_and_closes_them(tmp_path: Path) -> None:
    kept, path = Kept(), tmp_path / "algo-1.log"
    tee = Tee([kept, File(path)])

    tee.write(b"hello\n")
    tee.close()

    assert kept.data == path.read_bytes() == b"hello\n"
    assert kept.closed
