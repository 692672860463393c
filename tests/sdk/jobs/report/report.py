"""A training script that says, in its model, what it was given."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path


def alive_hosts() -> int:
    """Hosts of the Ray cluster that a plain ray.init() joins."""
    import ray

    ray.init(log_to_driver=False)
    return sum(node["Alive"] for node in ray.nodes())


def channel_files() -> dict[str, list[str]]:
    """Names of the files in each input channel of the user."""
    channels = [name for name in json.loads(os.environ["SM_CHANNELS"]) if name not in ("code", "sm_drivers")]
    return {
        name: sorted(path.name for path in Path(os.environ[f"SM_CHANNEL_{name.upper()}"]).iterdir())
        for name in channels
    }


def main() -> None:
    """Writes report-<host>.json, last of all, so that it is there only if the script got to its end."""
    hosts = json.loads(os.environ["SM_HOSTS"])
    report = {
        "argv": sys.argv[1:],
        "cwd": str(Path.cwd()),
        "hyperparameters": json.loads(os.environ["SM_HPS"]),
        "environ": {name: value for name, value in os.environ.items() if name.startswith(("SM_", "SAGEMAKER_"))},
        "channels": channel_files(),
        "hosts": hosts,
        "alive_hosts": alive_hosts() if len(hosts) > 1 and "--no_ray" not in sys.argv else 1,
        "helper": importlib.util.find_spec("helper") is not None,
        "from_requirements": importlib.util.find_spec("from_requirements") is not None,
    }
    name = f"report-{hosts.index(os.environ['SM_CURRENT_HOST'])}.json"
    Path(os.environ["SM_MODEL_DIR"], name).write_text(json.dumps(report))
    print("episode_reward_mean: 12.5  reported to", name)


if __name__ == "__main__":
    main()
