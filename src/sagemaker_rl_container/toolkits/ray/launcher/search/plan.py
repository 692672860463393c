"""A search over configurations, by Tune, as a value."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from sagemaker_rl_container.toolkits.ray.figures import RETURN
from sagemaker_rl_container.toolkits.ray.plans import Count


class SearchPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several trials, of which the best is exported.

    Attributes:
        space: What varies: names of the configuration, with dots for what is nested, and for each of them
            {"uniform": [low, high]}, {"loguniform": [low, high]}, {"randint": [low, high]}, {"choice": [...]} or
            {"grid": [...]}, or the same as ray.tune has it.
        num_samples: Draws from the space; a grid is gone through for each of them.
        metric: The figure in the results by which trials are compared.
        mode: Whether the best has the greatest or the least of it.
        scheduler: "asha" ends trials early that fall behind.
        max_concurrent: Trials at a time; unset means: as many as fit.
    """

    space: dict[str, Any]
    num_samples: Count = 1
    metric: str = RETURN
    mode: Literal["max", "min"] = "max"
    scheduler: Literal["none", "asha"] = "none"
    max_concurrent: Count | None = None
