"""Makes a local job's folder: each host's own /opt/ml, filled as SageMaker would fill it."""

from __future__ import annotations

import json

from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.local.plan import LocalHost, LocalJob


def prepare_folder(job: LocalJob) -> None:
    """Creates the folders and documents of every host."""
    for host in job.hosts:
        _prepare_host(job, host)
    job.ray_tmp_dir.mkdir(mode=0o700)


def _prepare_host(job: LocalJob, host: LocalHost) -> None:
    paths = Paths(host.base)
    for folder in (paths.code, paths.model, paths.input_config, paths.input_data, paths.output_data):
        folder.mkdir(parents=True)
    for name, content in host.documents.items():
        (paths.input_config / name).write_text(json.dumps(content, indent=2) + "\n")
    for channel, path in job.channels.items():
        # A link rather than a copy: data sets are large, and a channel is for reading.
        target = paths.input_data / channel
        if path.is_dir():
            target.symlink_to(path, target_is_directory=True)
        else:
            target.mkdir()
            (target / path.name).symlink_to(path)
