"""Whether the cluster has what an algorithm asks for. Ray would wait for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from sagemaker_rl_container.errors import LauncherConfigError

if TYPE_CHECKING:
    from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

Bundle = Mapping[str, float]


HEAD = "node:__internal_head__"  # Ray's own mark of the head, of which there is 1


def of_script(config: AlgorithmConfig) -> list[dict[str, float]]:
    """What an algorithm asks for that is built in the script: its env runners and learners."""
    return _request(config)[1:]


def of_trial(config: AlgorithmConfig, head_cpus: float) -> list[dict[str, float]]:
    """What a trial asks for: the process that trains, on the head, where the checkpoints lie; the others anywhere.

    Args:
        config: The trial's configuration.
        head_cpus: CPUs that the head offers; with none, trials are there without.
    """
    first, *others = _request(config)
    return [{**first, "CPU": min(first.get("CPU", 0), head_cpus), HEAD: 0.001}, *others]


def fitted(
    config: AlgorithmConfig,
    nodes: Sequence[Bundle],
    asks_for: Callable[[AlgorithmConfig], Sequence[Bundle]],
    where: str,
) -> AlgorithmConfig:
    """The configuration, with fewer env runners where RLlib's own number of them does not fit.

    Args:
        config: The configuration.
        nodes: What each node of the cluster offers.
        asks_for: What an algorithm of a configuration asks for.
        where: What decided on the configuration.

    Raises:
        LauncherConfigError: Something that was asked for fits nowhere.
    """
    unplaced = misfit(asks_for(config), nodes)
    by_default = config.num_env_runners == type(config)().num_env_runners
    changed = config
    while unplaced and by_default and changed.num_env_runners:
        changed = changed.copy(copy_frozen=False)
        changed.num_env_runners -= 1
        unplaced = misfit(asks_for(changed), nodes)
    if unplaced:
        raise LauncherConfigError(
            f"training would wait for ever: of {len(asks_for(config))} processes the one that asks for"
            f" {_told(unplaced)} finds no place",
            where=where,
            expected=f"no more than the cluster has: {', '.join(map(_told, nodes))}",
            do="lower num_env_runners, evaluation_num_env_runners, num_learners, or what each of them asks for;"
            " or run the job on more or larger hosts",
        )
    if changed is not config:
        text = f"{changed.num_env_runners} env runners rather than RLlib's {config.num_env_runners}: more do not fit"
        click.echo(f"RayLauncher: {text}", err=True)
    return changed


def cluster_nodes() -> list[dict[str, float]]:
    """What each node of the cluster offers."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def misfit(bundles: Sequence[Bundle], nodes: Sequence[Bundle]) -> Bundle | None:
    """The first bundle that finds no place, the large ones being placed first; None where all do."""
    free = [dict(node) for node in nodes]
    for bundle in sorted(bundles, key=lambda each: sorted(each.values(), reverse=True), reverse=True):
        node = next((node for node in free if _has(node, bundle)), None)
        if node is None:
            return bundle
        for name, amount in bundle.items():
            node[name] = node.get(name, 0.0) - amount
    return None


def _request(config: AlgorithmConfig) -> list[dict[str, float]]:
    return [dict(each) for each in config.algo_class.default_resource_request(config).bundles]


def _has(node: Bundle, bundle: Bundle) -> bool:
    return all(node.get(name, 0.0) >= amount - 1e-9 for name, amount in bundle.items())


def _told(resources: Mapping[str, Any]) -> str:
    shown = {name: amount for name, amount in resources.items() if name in ("CPU", "GPU") or name.startswith("group:")}
    return " and ".join(f"{amount:g} {name}" for name, amount in (shown or resources).items() if amount) or "nothing"
