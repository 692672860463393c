"""Everything a host knows about its job before anything is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sagemaker_rl_container.cluster.interfaces import efa_variables, socket_variables
from sagemaker_rl_container.cluster.resources import Resources, measure
from sagemaker_rl_container.cluster.topology import Topology
from sagemaker_rl_container.contract.documents import read_documents
from sagemaker_rl_container.contract.environment import TrainingEnvironment, build_environment
from sagemaker_rl_container.contract.hyperparameters import with_hyperparameters
from sagemaker_rl_container.contract.paths import Paths
from sagemaker_rl_container.settings import Settings, read_settings
from sagemaker_rl_container.toolkits import find_toolkit
from sagemaker_rl_container.toolkits.base import Host, Toolkit
from sagemaker_rl_container.training.contradictions import check_settings

# docker/bash_env is for the shells above the launcher: a job's own shell scripts end by SIGTERM as any others do.
_OURS = {"BASH_ENV": "/opt/sagemaker-rl/bash_env"}


@dataclass(frozen=True)
class Job:
    """A training job as one of its hosts sees it.

    Attributes:
        settings: The SAGEMAKER_RL_* settings.
        paths: The folders under /opt/ml.
        topology: The job's hosts.
        resources: What this host offers.
        training: The SM_* environment and the script's arguments.
        toolkit: The toolkit whose cluster is formed.
        environ: The environment of this process.
    """

    settings: Settings
    paths: Paths
    topology: Topology
    resources: Resources
    training: TrainingEnvironment
    toolkit: Toolkit
    environ: Mapping[str, str] = field(repr=False)

    @property
    def command(self) -> tuple[str, ...] | None:
        """The command of a job that has no script; None where there is one."""
        return self.toolkit.job_command(self.training.program, self.training.hyperparameters)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the job's processes: the SM_* variables, and this one's without what is the launcher's."""
        inherited = {name: value for name, value in self.environ.items() if (name, value) not in _OURS.items()}
        inherited.pop("SAGEMAKER_RL_RENDEZVOUS_KEY", None)
        variables = {**inherited, **self.training.variables}
        # Behind the user's code, and before what the environment names, which may be a library's.
        code, *others = variables["PYTHONPATH"].split(os.pathsep)
        return {**variables, "PYTHONPATH": os.pathsep.join([code, *self.toolkit.import_path(), *others])}

    def host(self, address: str) -> Host:
        """This host, as the toolkit needs to know it."""
        network = {**socket_variables(address), **efa_variables()} if self.topology.is_distributed else {}
        environment = {**network, **self.environment}
        return Host(self.topology, address, self.resources, self.settings, environment, self.paths.code)


def read_job(environ: Mapping[str, str], paths: Paths) -> Job:
    """Reads settings and documents, and checks all that can be checked on this host alone.

    Raises:
        RLContainerError: The first thing that was wrong.
    """
    settings, unread = read_settings(environ)
    documents = read_documents(paths)
    config = documents.resources
    check_settings(settings, unread, config)
    toolkit = find_toolkit(settings.toolkit)
    documents = with_hyperparameters(documents, settings.hyperparameters)
    topology = Topology.of(
        config.hosts,
        config.current_host,
        config.instance_groups,
        settings.head_group,
        current_group=config.told_group,
    )
    resources = measure(settings, environ, is_head=topology.is_head)
    training = build_environment(paths, documents, environ, num_cpus=resources.cpus, num_gpus=resources.num_gpus)
    return Job(settings, paths, topology, resources, training, toolkit, environ)
