"""Serves a host's metrics to Prometheus, if asked to. The library is imported only then."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sagemaker_rl_container.cluster import network
from sagemaker_rl_container.cluster.addresses import with_port
from sagemaker_rl_container.errors import DependencyError
from sagemaker_rl_container.log import logger
from sagemaker_rl_container.training.job import Job
from sagemaker_rl_container.training.phases import Phases

if TYPE_CHECKING:
    from sagemaker_rl_container.training.metrics import Metric, Observed

PREFIX = "sagemaker_rl_"

_ELSEWHERE = "192.0.2.1"  # kept for examples: no packet goes there


@contextlib.contextmanager
def serve_metrics(
    job: Job, address: str, phases: Phases, count_hosts: Callable[[], Mapping[str, int]] = dict
) -> Iterator[None]:
    """Serves this host's metrics while the context lasts, or does nothing where SAGEMAKER_RL_METRICS_PORT is not set.

    Args:
        job: The job.
        address: This host's in the job's network.
        phases: Its phases on this host.
        count_hosts: Number of hosts by state, where that is known.

    Raises:
        PortTakenError: Another process listens on the port.
        DependencyError: The library is not installed.
    """
    if job.settings.metrics_port is None:
        yield
        return
    from sagemaker_rl_container.training.metrics import Observed

    port = job.settings.metrics_port
    own = address if job.topology.is_distributed else _single_address(job)
    with serving(Observed.of(job, phases, count_hosts), own, port):
        logger.info("metrics are served at http://%s/metrics", with_port(own, port))
        yield


@contextlib.contextmanager
def serving(observed: Observed, address: str, port: int) -> Iterator[None]:
    """Serves metrics on one address while the context lasts.

    Raises:
        PortTakenError: Another process listens there.
        DependencyError: The library is not installed.
    """
    if importlib.util.find_spec("prometheus_client") is None:
        raise DependencyError(
            "metrics are asked for, and what serves them is not installed",
            where="SAGEMAKER_RL_METRICS_PORT",
            expected="the package prometheus_client, which the images have",
            do="install it, or remove the variable",
        )
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(_Collector(observed))
    try:
        server, thread = start_http_server(port, address, registry)
    except OSError as error:
        raise network.port_taken(port, "SAGEMAKER_RL_METRICS_PORT", address) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Collector:
    """Reads the metrics anew each time Prometheus asks.

    Args:
        observed: What they are read from.
    """

    def __init__(self, observed: Observed) -> None:
        self._observed = observed

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import InfoMetricFamily

        from sagemaker_rl_container.training.metrics import read_metrics

        yield InfoMetricFamily(PREFIX + "job", "Which host of which job this is.", dict(self._observed.identity))
        for metric in read_metrics(self._observed):
            yield _family(metric)


def _family(metric: Metric) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = make(PREFIX + metric.name, metric.help, labels=[metric.label] if metric.label else [])
    for value, number in metric.samples.items():
        family.add_metric([value] if metric.label else [], number)
    return family


def _single_address(job: Job) -> str:
    """The address by which a single host, which needs none in its job, is reached from elsewhere."""
    interface = job.training.variables["SM_NETWORK_INTERFACE_NAME"]
    try:
        return job.settings.host_address or network.host_address(interface, _ELSEWHERE)
    except OSError:  # no network at all
        return "127.0.0.1"
