"""A server process for the tests: `serve_main.py MODEL_DIR [HOST [PORT]]`; it ends as the command will."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.serving.server import serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    model_dir, *rest = sys.argv[1:]
    host = rest[0] if rest else "0.0.0.0"  # noqa: S104
    try:
        serve(Path(model_dir), os.environ, host=host, port=int(rest[1]) if len(rest) > 1 else None)
    except RLContainerError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
