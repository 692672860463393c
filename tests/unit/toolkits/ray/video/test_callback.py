"""Videos of the evaluation of a real PPO."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import ray
from gymnasium import spaces
from PIL import Image
from ray.rllib.algorithms.ppo import PPOConfig

from sagemaker_rl_container.toolkits.ray.video.callback import FILE, BestEpisodeVideo

pytestmark = [
    pytest.mark.usefixtures("_ray"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),  # gymnasium's, of environments that cannot be rendered
]
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # env runners need not find the tests


class Lamp(gym.Env):  # type: ignore[misc] # to mypy gymnasium is Any
    """Episodes of five steps, the next of which is always worth more."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012 - as gymnasium has it
    episodes = 0

    def __init__(self, config: Any) -> None:
        self.observation_space, self.action_space = spaces.Box(0, 1, (1,)), spaces.Discrete(2)
        self.render_mode = config.get("render_mode")
        self.broken = config.get("broken", False)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.steps = 0
        self.episodes += 1
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> Any:
        self.steps += 1
        return np.zeros(1, np.float32), float(self.episodes), self.steps == 5, False, {}

    def render(self) -> Any:
        if self.broken:
            raise OSError("no display")
        return np.full((16, 16, 3), 40 * self.steps, np.uint8)


class Filming(BestEpisodeVideo):
    """The Ray of the tests is older than the variables of this test: its env runners do not have them."""

    def __init__(self) -> None:
        os.environ["SAGEMAKER_RL_RECORD_VIDEO"] = "best"
        super().__init__()


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SM_OUTPUT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SAGEMAKER_RL_RECORD_VIDEO", "best")
    return tmp_path


def evaluate(runners: int, times: int, **env_config: Any) -> None:
    config = PPOConfig().environment(Lamp).env_runners(num_env_runners=0).rl_module(model_config={"fcnet_hiddens": [8]})
    config.evaluation(
        evaluation_interval=1,
        evaluation_duration=2,
        evaluation_num_env_runners=runners,
        evaluation_config={"env_config": env_config},
    )
    algorithm = config.callbacks(Filming if runners else BestEpisodeVideo).build_algo()
    for _ in range(times):
        algorithm.evaluate()
    algorithm.stop()


@pytest.mark.parametrize("runners", [0, 1], ids=["in its own process", "in an env runner"])
def test_the_best_evaluation_episode_is_filmed(output: Path, capsys: pytest.CaptureFixture[str], runners: int) -> None:
    evaluate(runners, 2, render_mode="rgb_array")
    with Image.open(output / FILE) as video:
        assert video.n_frames == 6
        shades = []
        for frame in range(6):
            video.seek(frame)
            shades.append(video.convert("RGB").getpixel((80, 80))[0])
    assert shades == [0, 40, 80, 120, 160, 200]
    told = capsys.readouterr().out.splitlines()
    returns = [float(line.split("return ")[1].split(":")[0]) for line in told if line.startswith("video of")]
    assert returns == sorted(returns)
    assert len(returns) == 2
    assert [path.name for path in (output / "videos").iterdir()] == [FILE.name]


@pytest.mark.parametrize(
    ("env_config", "told"),
    [
        ({}, "no render_mode='rgb_array'"),
        ({"render_mode": "rgb_array", "broken": True}, "cannot be rendered: OSError: no display"),
    ],
)
def test_what_is_in_the_way_of_a_video_is_told_once_and_training_goes_on(
    output: Path, capsys: pytest.CaptureFixture[str], env_config: dict[str, Any], told: str
) -> None:
    evaluate(0, 2, **env_config)
    assert capsys.readouterr().err.count(told) == 1
    assert not (output / "videos").exists()


def test_an_algorithm_without_evaluation_has_no_video_and_is_told_so(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=0).callbacks(
        BestEpisodeVideo
    ).build_algo().stop()
    assert "the algorithm has no evaluation" in capsys.readouterr().err


def test_nothing_is_filmed_unless_it_is_asked_for(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAGEMAKER_RL_RECORD_VIDEO")
    evaluate(0, 1, render_mode="rgb_array")
    assert list(output.iterdir()) == []
