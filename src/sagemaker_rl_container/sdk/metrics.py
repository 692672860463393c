"""Regular expressions by which SageMaker finds a job's metrics in its log."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from sagemaker_rl_container.errors import UsageError

_FLOAT = r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?"

_OURS = ("episode_len_mean", "evaluation_reward_mean", "total_loss", "env_steps_per_second")


def _further(name: str) -> str:
    # Two spaces stand between the metrics of a line, so `total_loss` is not found in `learners/p0/total_loss`.
    return rf"  {re.escape(name)}: ({_FLOAT})"


# Names and expressions that RLEstimator has by default, so that dashboards and tuning jobs made for its own
# images go on with these. It applies them only where it chooses the image itself.
_DEFINITIONS = {
    "ray": {
        "episode_reward_mean": rf"episode_reward_mean: ({_FLOAT})",
        "episode_reward_max": rf"episode_reward_max: ({_FLOAT})",
        **{name: _further(name) for name in _OURS},
    },
    "coach": {
        "reward-training": "^Training>.*Total reward=(.*?),",
        "reward-testing": "^Testing>.*Total reward=(.*?),",
    },
}


def metric_definitions(
    toolkit: str = "ray", *, policies: Sequence[str] = (), metrics: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Gives the metrics that the jobs of a toolkit report, for `metric_definitions=` of either SDK.

    Args:
        toolkit: "ray", whose lines `JobCallback` prints, or "coach", which prints them itself.
        policies: Policies of a job of several agents, each of whose mean return is a metric of its own,
            `policy_reward_mean/NAME`. With "ray" alone.
        metrics: The further metrics that SAGEMAKER_RL_PRINTED_METRICS names. With "ray" alone.

    Returns:
        Dictionaries with "Name" and "Regex".

    Raises:
        UsageError: There is no such toolkit, or it prints no further metrics.
    """
    if toolkit not in _DEFINITIONS:
        nearest = difflib.get_close_matches(toolkit, _DEFINITIONS, n=1)
        raise UsageError(
            f"there is no toolkit {toolkit!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else ""),
            where="metric_definitions(toolkit)",
            expected="one of " + ", ".join(_DEFINITIONS),
            do="correct the name",
        )
    further = [*(f"policy_reward_mean/{policy}" for policy in policies), *metrics]
    if further and toolkit != "ray":
        raise UsageError(
            f"the jobs of {toolkit} print no metric {further[0]!r}",
            where="metric_definitions(policies, metrics)",
            expected="policies and further metrics for the toolkit ray alone",
            do="leave them out",
        )
    definitions = {**_DEFINITIONS[toolkit], **{name: _further(name) for name in further}}
    return [{"Name": name, "Regex": regex} for name, regex in definitions.items()]
