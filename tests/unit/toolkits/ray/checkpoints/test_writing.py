"""A process that is killed while it writes a checkpoint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_rl_container.ray import latest_checkpoint
from sagemaker_rl_container.toolkits.ray.checkpoints.folder import remove_leftovers
from sagemaker_rl_container.toolkits.ray.checkpoints.writing import write_checkpoint
from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

WRITES_AND_HANGS = """
    import sys
    from pathlib import Path

    from sagemaker_rl_container.toolkits.ray.checkpoints.writing import write_checkpoint
    from sagemaker_rl_container.toolkits.ray.recording.metrics import Iteration

    class PPO:
        # What RLlib would write does not matter here, but how far it has come.
        def save_checkpoint(self, folder):
            Path(folder, "state.pkl").write_bytes(b"state")
            if Path(folder).name.startswith(".unfinished-checkpoint_000002"):
                print("half written", flush=True)
                sys.stdin.read()

    for iteration in (1, 2):
        write_checkpoint(Path(sys.argv[1]), PPO(), Iteration(iteration=iteration))
"""


def test_kill_9_in_the_midst_of_it_leaves_the_older_one(tmp_path: Path) -> None:
    code = "\n".join(line.removeprefix("    ") for line in WRITES_AND_HANGS.splitlines())
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half written\n"
        process.kill()

    newest = latest_checkpoint(tmp_path)
    assert newest is not None
    assert newest.iteration == 1
    assert len(list(tmp_path.iterdir())) == 2
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [newest.path]


class LostLearner:
    """What RLlib leaves, without a word, when a Learner on another host fails in the midst of its part."""

    def save_checkpoint(self, folder: str) -> None:
        learner = Path(folder, "learner_group", "learner")
        learner.mkdir(parents=True)
        (learner / "metadata.json").touch()
        (learner.parent / "metadata.json").touch()
        (learner.parent / "state.pkl").touch()


def test_a_part_that_rllib_has_not_written_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no state for learner_group/learner"):
        write_checkpoint(tmp_path, LostLearner(), Iteration(iteration=1))

    assert list(tmp_path.iterdir()) == []
