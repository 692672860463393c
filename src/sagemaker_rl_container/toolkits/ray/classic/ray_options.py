"""What a classic script may tell `ray.init`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Where the cluster is, and what its hosts offer, was decided before the script began.
_JOBS = {
    "address",
    "redis_address",
    "num_cpus",
    "num_gpus",
    "object_store_memory",
    "redis_max_memory",
    "node_ip_address",
}
_GONE = {
    "webui_host",
    "include_webui",
    "redis_password",
    "huge_pages",
    "plasma_directory",
    "temp_dir",
    "load_code_from_local",
}


def ray_options(old: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are left."""
    return {name: value for name, value in old.items() if name not in _JOBS | _GONE}
