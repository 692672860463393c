"""Regular expressions by which SageMaker finds a job's metrics in its log."""

from __future__ import annotations

import difflib

from sagemaker_rl_container.errors import UsageError

_FLOAT = r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?"

# Names and expressions that RLEstimator has by default, so that dashboards and tuning jobs made for its own
# images go on with these. It applies them only where it chooses the image itself.
_DEFINITIONS = {
    "ray": {
        "episode_reward_mean": rf"episode_reward_mean: ({_FLOAT})",
        "episode_reward_max": rf"episode_reward_max: ({_FLOAT})",
    },
    "coach": {
        "reward-training": "^Training>.*Total reward=(.*?),",
        "reward-testing": "^Testing>.*Total reward=(.*?),",
    },
}


def metric_definitions(toolkit: str = "ray") -> list[dict[str, str]]:
    """Gives the metrics that the jobs of a toolkit report, for `metric_definitions=` of either SDK.

    Args:
        toolkit: "ray", whose lines `JobCallback` prints, or "coach", which prints them itself.

    Returns:
        Dictionaries with "Name" and "Regex".

    Raises:
        UsageError: There is no such toolkit.
    """
    if toolkit not in _DEFINITIONS:
        nearest = difflib.get_close_matches(toolkit, _DEFINITIONS, n=1)
        raise UsageError(
            f"there is no toolkit {toolkit!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else ""),
            where="metric_definitions(toolkit)",
            expected="one of " + ", ".join(_DEFINITIONS),
            do="correct the name",
        )
    return [{"Name": name, "Regex": regex} for name, regex in _DEFINITIONS[toolkit].items()]
