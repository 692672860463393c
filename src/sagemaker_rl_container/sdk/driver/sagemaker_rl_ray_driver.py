"""Runs in a job of SDK v3, on every host: hands its script over to `sagemaker-rl train`.

The SDK copies this file into the container and starts it with the container's Python, so it imports nothing but
the standard library.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

COMMAND = "sagemaker-rl"
# The SDK puts this file into /opt/ml/input/data/sm_drivers/distributed_drivers/.
DRIVERS, BASE = (Path(__file__).resolve().parents[above] for above in (1, 4))


def environment(config: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `sagemaker-rl train` does what the SDK was asked for.

    Args:
        config: The fields of `sagemaker_rl_container.sdk.Ray`: settings by their names, None for those not given.
        environ: What the SDK's start script has set.
    """
    given = {f"SAGEMAKER_RL_{name.upper()}": str(value) for name, value in config.items() if value is not None}
    return {
        **environ,
        "SAGEMAKER_RL_TOOLKIT": "ray",
        **given,
        "SAGEMAKER_PROGRAM": environ["SM_ENTRY_SCRIPT"],
        "SAGEMAKER_SUBMIT_DIRECTORY": environ["SM_SOURCE_DIR"],
    }


def main() -> None:
    """Becomes `sagemaker-rl train`."""
    # Not SM_DISTRIBUTED_CONFIG: the file has been through no shell.
    config = json.loads((DRIVERS / "distributed.json").read_text("utf-8"))
    try:
        os.execvpe(COMMAND, [COMMAND, "train"], environment(config, os.environ))  # noqa: S606 - no shell is the point
    except FileNotFoundError:
        message = (
            f"the image has no program {COMMAND!r}\n"
            "  where: the training image of this job\n"
            "  expected: an image that sagemaker_rl_container.sdk.image_uri() names, or one made from it\n"
            "  do: give its address to ModelTrainer as training_image"
        )
        (BASE / "output" / "failure").write_text(message, "utf-8")
        sys.exit(message)


if __name__ == "__main__":
    main()
