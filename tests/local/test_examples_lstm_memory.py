"""The example of a policy that has to remember, trained and served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.local.local_run import LocalRun
from tests.serving import Server, serving

from sagemaker_rl_container.policies import model_folder

Run = Callable[..., LocalRun]

EXAMPLE = Path(__file__).parents[2] / "examples" / "lstm_memory" / "train.py"


def recalled(server: Server, sign: float) -> int:
    """The action at the end of an episode that began with `sign`, asked as a client does."""
    state: dict[str, object] = {}
    for observation in ([sign, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0]):
        ((prediction),) = server.predict([{"observation": observation, **state}])
        state = {"state": prediction["state"]}
    action: int = prediction["action"]
    return action


def test_the_served_policy_remembers_what_it_was_shown(run_job: Run) -> None:
    bounds = {"env_runners/episode_return_mean": 0.8, "training_iteration": 30}
    options = [f"--hyperparameter=rl.training.stop.{name}={bound}" for name, bound in bounds.items()]
    run = run_job(EXAMPLE.read_text(), *options, toolkit="ray", name="memory")
    assert run.exit_codes() == {"algo-1": 0}, run.output
    model = run.host("algo-1") / "model"
    assert {part.input for part in model_folder.read(model).only().state} == {"state_in.c", "state_in.h"}
    with serving(model) as server:
        server.wait_until_ready()
        assert [recalled(server, sign) for sign in (-1.0, 1.0)] == [0, 1]
