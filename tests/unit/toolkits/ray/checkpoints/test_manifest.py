"""A checkpoint's manifest tells every damage, and what is foreign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sagemaker_rl_container.toolkits.ray.checkpoints.manifest import (
    FILE_NAME,
    FORMAT,
    Checkpoint,
    Unusable,
    examine,
)
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import versions_here

Make = Callable[..., Path]
WEIGHTS = Path("learner", "state.pkl")


def unusable(folder: Path, algorithm: str = "") -> Unusable:
    examined = examine(folder, versions_here(), algorithm)
    assert isinstance(examined, Unusable)
    return examined


def test_a_whole_checkpoint_says_how_far_training_was(make: Make) -> None:
    examined = examine(make(12), versions_here(), "PPO")

    assert isinstance(examined, Checkpoint)
    assert (examined.iteration, examined.manifest.env_steps, examined.manifest.seconds) == (12, 12_000, 1.5)
    assert examined.path.name == "checkpoint_000012"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "file", "reason"),
    [
        (Path.unlink, WEIGHTS, "it lacks learner/state.pkl"),
        (cut, WEIGHTS, "its learner/state.pkl has 699 bytes of 700"),
        (flip_a_bit, WEIGHTS, "its learner/state.pkl is not what was written"),
        (Path.unlink, FILE_NAME, f"it has no {FILE_NAME}: its writing or copying was interrupted"),
        (lambda path: path.write_bytes(b""), FILE_NAME, f"its {FILE_NAME} cannot be read: Input data was truncated"),
    ],
    ids=["a file is missing", "a file is cut", "a bit has flipped", "no manifest", "an empty manifest"],
)
def test_damage_is_named(make: Make, damage: Callable[[Path], None], file: str | Path, reason: str) -> None:
    folder = make(12)
    damage(folder / file)

    assert unusable(folder) == Unusable(folder, reason, foreign=False)


def test_a_manifest_that_was_cut_anywhere_is_damaged(make: Make) -> None:
    folder = make(12)
    whole = (folder / FILE_NAME).read_bytes().rstrip()

    for length in range(0, len(whole), 50):
        (folder / FILE_NAME).write_bytes(whole[:length])
        assert not unusable(folder).foreign


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ({"ray": "2.59.1"}, "it was written with Ray 2.59.1, and here is Ray "),
        ({"ray": "3.60.0"}, "it was written with Ray 3.60.0, and here is Ray "),
        ({"python": "3.9.19"}, "it was written with Python 3.9.19, and here is Python 3."),
    ],
)
def test_other_minor_versions_of_ray_and_python_are_foreign(make: Make, versions: dict[str, str], reason: str) -> None:
    examined = unusable(make(12, versions=versions))

    assert examined.foreign
    assert examined.reason.startswith(reason)


def test_other_patches_of_them_and_other_versions_of_pytorch_are_not(make: Make) -> None:
    here = versions_here()
    patches = {name: ".".join([*here[name].split(".")[:2], "99"]) for name in ("ray", "python")}

    assert isinstance(examine(make(12, versions={**patches, "torch": "1.0"}), here), Checkpoint)


def test_another_algorithm_s_checkpoint_is_foreign(make: Make) -> None:
    folder = make(12)

    assert unusable(folder, "DQN") == Unusable(folder, "it was written by PPO, and here is DQN", foreign=True)


def test_a_later_format_is_foreign_whatever_it_holds(make: Make) -> None:
    folder = make(12)
    (folder / FILE_NAME).write_text(f'{{"format": {FORMAT + 1}, "parts": []}}')

    reason = f"its format is {FORMAT + 1}, and {FORMAT} is the newest known here"
    assert unusable(folder) == Unusable(folder, reason, foreign=True)
