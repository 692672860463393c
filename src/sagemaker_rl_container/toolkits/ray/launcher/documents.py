"""Where the document of a job comes from: a file, the hyperparameter `rl_config`, hyperparameters `rl.training.…`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sagemaker_rl_container.contract import strict_json
from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import PREFIX, RL_CONFIG, merged, rl_tree
from sagemaker_rl_container.toolkits.ray.launcher.problems import nearest, unknown

HYPERPARAMETERS = "the job's hyperparameters"

# What other toolkits' launchers call it.
_SUCCESSORS = {
    "rl.evaluation_steps": "rl.training.evaluation.duration",
    "rl.steps_between_evaluation_periods": "rl.training.evaluation.interval",
    "rl.improve_steps": "rl.training.stop",
    "rl.agent_params": "rl.training.config",
    "rl.run": "rl.training.run",
    "rl.env": "rl.training.env",
    "rl.config": "rl.training.config",
    "rl.stop": "rl.training.stop",
}


def read_file(path: Path) -> dict[str, Any]:
    """Reads a job file, YAML or JSON by its suffix.

    Raises:
        LauncherConfigError: It cannot be read, or holds something else.
    """
    expected = "an object such as {run: PPO, env: CartPole-v1, stop: {training_iteration: 40}}"
    try:
        text = path.read_bytes()
        document = strict_json.loads(text.decode()) if path.suffix == ".json" else msgspec.yaml.decode(text)
    except OSError as error:
        raise _error(f"the job file cannot be read: {error.strerror}", str(path), "a file") from error
    except (ValueError, msgspec.DecodeError) as error:
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise _error(f"the job file is no {kind}: {error}", str(path), expected) from error
    if not isinstance(document, dict):
        raise _error("the job file holds no object", str(path), expected)
    return document


def from_hyperparameters(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the hyperparameters say: `rl_config`, and above it `rl.training.…`.

    Raises:
        LauncherConfigError: One of them cannot be.
    """
    tree = rl_tree(hyperparameters)
    for name in tree:
        if name != "training":
            known = [
                f"{PREFIX}training.{each}" for each in ("run", "env", "config", "stop", "evaluation", "checkpoint")
            ]
            raise unknown("hyperparameter", PREFIX + name, known, HYPERPARAMETERS, _SUCCESSORS)
    training = tree.get("training", {})
    if not isinstance(training, dict):
        raise _error(
            f"rl.training is {training!r}", HYPERPARAMETERS, "rl.training.run, rl.training.config.lr and so on"
        )
    return merged(_rl_config(hyperparameters.get(RL_CONFIG, {})), training)


def require_read(hyperparameters: Mapping[str, Any]) -> None:
    """Refuses hyperparameters that nobody would read, there being no script.

    Raises:
        LauncherConfigError: Names the first.
    """
    for name in hyperparameters:
        if name != RL_CONFIG and not name.startswith((PREFIX, "sagemaker_")):
            raise _error(
                f"nobody reads the hyperparameter {name!r}, since the job has no script"
                + "".join(f"; did you mean {each}?" for each in _meant(name)),
                HYPERPARAMETERS,
                f"{RL_CONFIG}, or names that begin with {PREFIX}training.",
            )


def _meant(name: str) -> list[str]:
    if name in ("run", "env") or nearest(name, [RL_CONFIG], 1):
        return [f"{PREFIX}training.{name}" if name in ("run", "env") else RL_CONFIG]
    return [f"{PREFIX}training.config.{name}"]


def _rl_config(value: Any) -> dict[str, Any]:
    expected = 'a JSON object such as {"run": "PPO", "env": "CartPole-v1", "stop": {"training_iteration": 40}}'
    if isinstance(value, str):  # quoted twice, as where an SDK quotes what is JSON already
        try:
            value = strict_json.loads(value)
        except ValueError as error:
            raise _error(f"{RL_CONFIG} is no JSON: {error}", f"the hyperparameter {RL_CONFIG}", expected) from None
    if not isinstance(value, dict):
        raise _error(f"{RL_CONFIG} is no object: {value!r}", f"the hyperparameter {RL_CONFIG}", expected)
    return value


def _error(what: str, where: str, expected: str) -> LauncherConfigError:
    return LauncherConfigError(what, where=where, expected=expected, do="correct it")
