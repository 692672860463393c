"""`BestEpisodeVideo`: films evaluation where it runs, and keeps the best episode of all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import click
from ray.rllib.callbacks.callbacks import RLlibCallback

from sagemaker_rl_container.settings import Settings
from sagemaker_rl_container.toolkits.ray.video.film import Film

FILE = Path("videos", "best_episode.gif")
_NO_MODE = "the environment has no render_mode='rgb_array': put it into env_config"


class Taken(NamedTuple):
    """What an env runner has filmed since it was last asked.

    Attributes:
        total: Return of its best episode.
        gif: The film.
        problem: Why there is none.
    """

    total: float = float("-inf")
    gif: bytes = b""
    problem: str = ""


class BestEpisodeVideo(RLlibCallback):  # type: ignore[misc] # to mypy ray is Any
    """Puts a video of the best evaluation episode into the job's output, if SAGEMAKER_RL_RECORD_VIDEO asks for it.

    Training never ends because of its video: what is in the way is told once on stderr.
    """

    def __init__(self) -> None:
        super().__init__()
        self._films_all = Settings.from_environ(os.environ).record_video == "best"
        self._films: dict[str, Film] = {}  # of the episodes under way
        self._best: tuple[float, Film] | None = None
        self._frames_per_second = 30.0
        self._problem = ""
        self._shown = float("-inf")
        self._told: set[str] = set()

    def on_algorithm_init(self, *, algorithm: Any, **kwargs: Any) -> None:
        """Tells of a job that would have no video; RLlib calls it."""
        if self._films_all and algorithm.config.evaluation_interval is None:
            self._tell("the algorithm has no evaluation: config.evaluation(evaluation_interval=...) sets it")

    # RLlib's old API stack gives neither env nor env_runner: nothing is filmed there.
    def on_episode_start(
        self, *, episode: Any, env_runner: Any = None, env: Any = None, env_index: int = 0, **kwargs: Any
    ) -> None:
        """Films the first observation; RLlib calls it."""
        self._film(episode, env_runner, env, env_index)

    def on_episode_step(
        self, *, episode: Any, env_runner: Any = None, env: Any = None, env_index: int = 0, **kwargs: Any
    ) -> None:
        """Films a step; RLlib calls it."""
        self._film(episode, env_runner, env, env_index)

    def on_episode_end(self, *, episode: Any, **kwargs: Any) -> None:
        """Keeps the film if it is the best so far; RLlib calls it."""
        film = self._films.pop(episode.id_, None) if self._films else None
        if film and (self._best is None or episode.get_return() > self._best[0]):
            self._best = float(episode.get_return()), film

    def on_evaluate_end(self, *, algorithm: Any, **kwargs: Any) -> None:
        """Writes the video if evaluation has been better than ever; RLlib calls it."""
        group, folder = algorithm.eval_env_runner_group, os.environ.get("SM_OUTPUT_DATA_DIR")
        if not self._films_all or not folder or group is None:
            return
        taken = [each for each in group.foreach_env_runner(take) if each is not None]
        best = max(taken, default=Taken())
        if best.gif and best.total > self._shown:
            self._shown = best.total
            self._write(Path(folder) / FILE, best)
        elif not best.gif:
            self._tell(next((each.problem for each in taken if each.problem), "no evaluation episode has ended"))

    def take(self) -> Taken:
        """Gives away what this env runner has filmed since the last time."""
        best, self._best = self._best, None
        if best is None:
            return Taken(problem=self._problem)
        try:
            return Taken(best[0], best[1].gif(self._frames_per_second))
        except (TypeError, ValueError, OSError) as error:
            return Taken(problem=f"the frames cannot be made a video: {error}")

    def _film(self, episode: Any, env_runner: Any, env: Any, env_index: int) -> None:
        if not self._films_all or self._problem or env_runner is None or not env_runner.config.in_evaluation:
            return
        film = self._films.setdefault(episode.id_, Film())
        if not film.wants_frame():
            return
        try:
            frame = _render(env, env_index)
        except Exception as error:  # of the environment, or of a display that is missing
            self._problem = f"the environment cannot be rendered: {type(error).__name__}: {error}"
            return
        if frame is None:
            self._problem = _NO_MODE
            return
        self._frames_per_second = float(getattr(env, "metadata", {}).get("render_fps") or 30)
        film.add(frame)

    def _write(self, path: Path, best: Taken) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.unfinished")
            unfinished.write_bytes(best.gif)
            unfinished.replace(path)
        except OSError as error:
            self._tell(f"it cannot be written: {error}")
        else:
            click.echo(f"video of an evaluation episode with return {best.total:.6g}: {path}")

    def _tell(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            click.echo(f"JobCallback: no video: {problem}", err=True)


def take(env_runner: Any) -> Taken | None:
    """Asks an env runner for what it has filmed; None if it films nothing."""
    callbacks = (each for each in getattr(env_runner, "_callbacks", ()) if isinstance(each, BestEpisodeVideo))
    return next((each.take() for each in callbacks), None)


def _render(env: Any, index: int) -> Any:
    envs = getattr(env, "envs", None)
    if envs is not None:
        return envs[index].render() if envs[index].render_mode == "rgb_array" else None
    return env.render()[index] if env.render_mode == "rgb_array" else None
