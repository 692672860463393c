"""Plans what a classic experiment asks for, as data."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.agents import Agents, read_agents
from sagemaker_rl_container.toolkits.ray.classic.frameworks import Choice, Framework
from sagemaker_rl_container.toolkits.ray.classic.keys.experiment import EXPERIMENT, REMOVED
from sagemaker_rl_container.toolkits.ray.classic.space import take_space
from sagemaker_rl_container.toolkits.ray.classic.tables import TABLES
from sagemaker_rl_container.toolkits.ray.classic.translation import Row, translate

_EPSILON = {"initial": 1.0, "final": 0.02, "timesteps": 10_000}


@dataclass(frozen=True)
class ClassicPlan:
    """What a classic experiment asks for.

    Attributes:
        algorithm: RLlib's name of the algorithm.
        env: The environment: its name, or a class.
        choice: The framework.
        settings: Settings of AlgorithmConfig by name.
        model: Settings of the default networks.
        stop: Figures of the results by which training ends.
        checkpoint: Settings of CheckpointPlan.
        horizon: The most steps of an episode.
        callbacks: A class of callbacks, or a dictionary of functions.
        agents: Several agents.
        filters: Whether observations are normalised by a running mean and deviation.
        recording: Whether video is wanted.
        space: What varies between several trials, by today's names.
        num_samples: How many trials are drawn.
        rows: What became of each key that has changed.
    """

    algorithm: str
    env: Any
    choice: Choice
    settings: Mapping[str, Any]
    model: Mapping[str, Any]
    stop: Mapping[str, float]
    checkpoint: Mapping[str, Any]
    horizon: int | None = None
    callbacks: Any = None
    agents: Agents | None = None
    filters: bool = False
    recording: bool = False
    space: Mapping[str, Any] = field(default_factory=dict)
    num_samples: int = 1
    rows: tuple[Row, ...] = ()


def wanted_framework(experiment: Mapping[str, Any]) -> Framework | None:
    """The framework that an experiment asks for; None where it does not say."""
    asked = [experiment["config"][key] for key in ("framework", "use_pytorch") if key in experiment["config"]]
    return None if not asked else ("torch" if asked[0] in (True, "torch") else "tensorflow")


def only_experiment(experiments: Any) -> dict[str, Any]:
    """The experiment of `get_experiment_config()`, with a `config` in any case.

    Raises:
        ClassicScriptError: There is none, or there are several.
    """
    if not isinstance(experiments, Mapping) or list(experiments) != ["training"]:
        found = ", ".join(map(repr, experiments)) if isinstance(experiments, Mapping) else repr(experiments)
        raise ClassicScriptError(
            f"get_experiment_config() returned {found or 'nothing'}",
            where="the launcher's class",
            expected='{"training": {"env": …, "run": …, "stop": …, "config": {…}}}',
            do="return one experiment, named training",
        )
    experiment = dict(experiments["training"])
    return {**experiment, "config": dict(experiment.get("config") or {})}


def known_algorithm(name: Any, known: Iterable[str]) -> str:
    """RLlib's name of an algorithm.

    Raises:
        ClassicScriptError: RLlib has none of that name.
    """
    known = sorted(known)
    if name in known:
        return str(name)
    removed = REMOVED.get(str(name), "")
    nearest = [removed] if removed else difflib.get_close_matches(str(name).upper(), known, n=1)
    gone = f"RLlib has removed the algorithm {name}" if removed else f"RLlib has no algorithm {name!r}"
    raise ClassicScriptError(
        gone + (f"; {nearest[0]} comes nearest" if nearest else ""),
        where='"run" in get_experiment_config()',
        expected="one of " + ", ".join(known),
        do="name another algorithm, and see that the keys of its configuration are those of that one",
    )


def plan_experiment(experiment: Mapping[str, Any], choice: Choice, algorithm: str, today: Iterable[str]) -> ClassicPlan:
    """Plans an experiment.

    Args:
        experiment: As `get_experiment_config()` has it under "training", hyperparameters included.
        choice: The framework.
        algorithm: RLlib's name of the algorithm.
        today: Names of the algorithm's settings today.

    Raises:
        ClassicScriptError: Something in it is unknown, or cannot be translated.
    """
    tables, today = TABLES[choice.framework], set(today)
    outer = translate({**experiment, "stop": None, "config": None}, EXPERIMENT, "training")
    config = translate(experiment["config"], tables.config, "config", today)
    settings = dict(config.settings)
    rows = [*outer.rows, *config.rows]

    def inner(values: Mapping[str, Any], where: str) -> dict[str, Any]:
        translated = translate(values, tables.config, where, today)
        rows.extend(translated.rows)
        return {name: value for name, value in translated.settings.items() if not name.startswith("@")}

    model = _model(settings, choice.framework, rows)
    _check_known(settings, today, algorithm)
    if "@evaluation_config" in settings:
        settings["evaluation_config"] = inner(settings.pop("@evaluation_config"), "config.evaluation_config")
    _keep_clipping(settings)
    settings |= _epsilon(settings.pop("@epsilon", {}), choice.framework)
    agents = read_agents(settings.pop("@multiagent"), inner) if "@multiagent" in settings else None
    special = {name: settings.pop(name) for name in list(settings) if name.startswith("@")}
    space = {**take_space(settings), **{f"model_config.{name}": each for name, each in take_space(model).items()}}
    env = settings.pop("env", None)
    return ClassicPlan(
        algorithm=algorithm,
        env=experiment.get("env") or env,
        choice=choice,
        settings=settings,
        model=model,
        stop=_stop(experiment.get("stop"), tables.stop, rows),
        checkpoint=_checkpoint(outer.settings, tables.stop),
        horizon=special.get("@horizon"),
        callbacks=special.get("@callbacks"),
        agents=agents,
        filters=special.get("@mean_std_filter", False),
        recording=special.get("@recording", False),
        space=space,
        num_samples=outer.settings.get("@num_samples", 1),
        rows=tuple(rows),
    )


def _model(settings: dict[str, Any], framework: Framework, rows: list[Row]) -> dict[str, Any]:
    table = TABLES[framework].model
    values = settings.pop("@model", None) if table else settings.pop("model", None)
    beside = settings.pop("model", None) if table else None
    if table is None:
        return dict(values or {})
    translated = translate(values or {}, table, "config.model")
    rows.extend(translated.rows)
    return {**translated.settings, **(beside or {})}


def _check_known(settings: Mapping[str, Any], today: set[str], algorithm: str) -> None:
    for name in settings:
        if not name.startswith("@") and name not in today:
            nearest = difflib.get_close_matches(name, today, n=1)
            raise ClassicScriptError(
                f"{algorithm} has no setting {name!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else ""),
                where="config in get_experiment_config(), or a hyperparameter rl.training.config.…",
                expected=f"settings of {algorithm}",
                do="remove it, or name an algorithm that has it",
            )


def _keep_clipping(settings: dict[str, Any]) -> None:
    """Clips actions where a script asks for it: once, that went without saying, and unsquashing had to be asked for."""
    if settings.get("normalize_actions") is False:
        settings.setdefault("clip_actions", True)
    elif settings.get("clip_actions"):
        settings.setdefault("normalize_actions", False)


def _epsilon(told: Mapping[str, Any], framework: Framework) -> dict[str, Any]:
    """Exploration that becomes rarer: DQN's old keys, or those of EpsilonGreedy."""
    if not told:
        return {}
    parts = {**_EPSILON, **told}
    if "fraction" in told:
        parts["timesteps"] = int(told["fraction"] * told.get("timesteps", 100_000))
    if framework == "torch":
        return {"epsilon": [[0, parts["initial"]], [int(parts["timesteps"]), parts["final"]]]}
    return {
        "exploration_config": {
            "type": "EpsilonGreedy",
            "initial_epsilon": parts["initial"],
            "final_epsilon": parts["final"],
            "epsilon_timesteps": parts["timesteps"],
        }
    }


def _stop(old: Any, names: Mapping[str, str], rows: list[Row]) -> dict[str, float]:
    if not isinstance(old, Mapping | None):
        raise ClassicScriptError(
            f"stop is {old!r}",
            where="get_experiment_config()",
            expected='figures of the results and their bounds, such as {"training_iteration": 40}',
            do="name figures: a function cannot stop training",
        )
    rows.extend(Row(f"stop.{name}", names[name]) for name in old or {} if names.get(name, name) != name)
    return {names.get(name, name): bound for name, bound in (old or {}).items()}


def _checkpoint(outer: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    best = outer.get("@best")
    checkpoint = dict(outer.get("checkpoint", {}))
    mode = checkpoint.pop("mode", "max")
    return {**checkpoint, **({"keep_best": names.get(best, best), "mode": mode} if best else {})}
