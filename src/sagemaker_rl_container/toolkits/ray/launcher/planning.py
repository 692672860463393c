"""From a document, and the experiment of a class if there is one, to the experiment that is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.ray.launcher.algorithms import default_config
from sagemaker_rl_container.toolkits.ray.launcher.configure import configured
from sagemaker_rl_container.toolkits.ray.launcher.environments import known_environment
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment
from sagemaker_rl_container.toolkits.ray.launcher.job import EvaluationPlan, Job, Section, read_job, read_section
from sagemaker_rl_container.toolkits.ray.launcher.search.plan import SearchPlan
from sagemaker_rl_container.toolkits.ray.launcher.units import without_units

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig


def plan_document(document: Mapping[str, Any], where: str) -> Experiment:
    """Plans what a document says, which has to say all that RLlib does not.

    Raises:
        LauncherConfigError: It names no algorithm, or something in it cannot be.
    """
    job = read_job(without_units(document, where), where)
    if job.run is None:
        raise LauncherConfigError(
            "no algorithm is named", where=where, expected="run: PPO, or another of RLlib's", do="name one"
        )
    config = default_config(job.run, where)
    experiment = _changed(Experiment(config=config, stop={}, told_by=where), job, where)
    if experiment.config.env is None and not experiment.config.is_offline:
        raise LauncherConfigError(
            "no environment is named", where=where, expected="env: CartPole-v1, or module:callable", do="name one"
        )
    return experiment


def plan_changes(experiment: Experiment, document: Mapping[str, Any], where: str) -> Experiment:
    """Plans an experiment with what a document says otherwise.

    Args:
        experiment: The experiment, of a launcher's class for instance.
        document: What goes before it.
        where: What the document was read from.

    Raises:
        LauncherConfigError: Something in it cannot be.
    """
    job = read_job(without_units(document, where), where)
    algorithm = experiment.config.algo_class.__name__
    if job.run not in (None, algorithm):
        raise LauncherConfigError(
            f"the script trains {algorithm}, and run={job.run} is asked for",
            where=where,
            expected="the script's own algorithm: the keys of its configuration are others than those of another",
            do="remove it, or change the script",
        )
    changed = _changed(experiment, job, where)
    return replace(changed, told_by=f"{experiment.told_by} and {where}") if document else changed


def _changed(experiment: Experiment, job: Job, where: str) -> Experiment:
    return replace(
        experiment,
        config=_configured(experiment.config, job, where),
        stop={name: bound for name, bound in {**experiment.stop, **job.stop}.items() if bound is not None},
        checkpoint=_section(experiment.checkpoint, job.checkpoint, where, "checkpoint"),
        export=_section(experiment.export, job.export, where, "export"),
        search=_search(experiment.search, job.search, where),
    )


def _configured(config: AlgorithmConfig, job: Job, where: str) -> AlgorithmConfig:
    values = {**_evaluation(job.evaluation, where), **job.config}
    if job.seed is not None:
        values["seed"] = job.seed
    environment = job.env or values.pop("env", None)
    if environment is not None:
        values["env"] = known_environment(str(environment), where)
    return configured(config, values, where)


def _evaluation(section: Mapping[str, Any], where: str) -> dict[str, Any]:
    if not section:
        return {}
    plan = read_section(section, EvaluationPlan, where, "evaluation")
    return {
        "evaluation_interval": plan.interval,
        "evaluation_duration": plan.duration,
        "evaluation_duration_unit": plan.unit,
        "evaluation_num_env_runners": plan.num_env_runners,
    }


def _section(planned: Section, changes: Mapping[str, Any], where: str, name: str) -> Section:
    return read_section({**msgspec.structs.asdict(planned), **changes}, type(planned), where, name)


def _search(planned: SearchPlan | None, changes: Mapping[str, Any], where: str) -> SearchPlan | None:
    if not changes:
        return planned
    said = msgspec.structs.asdict(planned) if planned else {}
    told = {**said, **changes}
    if isinstance(changes.get("space"), Mapping):
        # A name's whole domain is another: {grid: ...} does not go into {loguniform: ...}.
        told["space"] = {**said.get("space", {}), **changes["space"]}
    return read_section(told, SearchPlan, where, "search")
