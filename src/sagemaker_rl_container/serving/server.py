"""Serves the policy of a model folder until it is told to stop."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

import uvicorn

from sagemaker_rl_container.errors import PolicyFormatError, PortTakenError, RLContainerError, SettingError
from sagemaker_rl_container.serving.app import App

PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
DEFAULT_PORT = 8080
ANY_HOST = "0.0.0.0"  # noqa: S104 - SageMaker and docker -p reach a container from outside
GRACE_S = 25  # SageMaker gives a hosting container 30 s between SIGTERM and SIGKILL

logger = logging.getLogger(__name__)


def serve(
    model_dir: Path,
    environ: Mapping[str, str],
    *,
    host: str = ANY_HOST,
    port: int | None = None,
    threads: int = 1,
) -> None:
    """Serves the policy in `model_dir` until SIGTERM or SIGINT, then answers what is in flight and returns.

    It listens at once; `/ping` answers 503 until the policy has been loaded and has computed once.

    Args:
        model_dir: The model folder, normally /opt/ml/model; it may be read-only.
        environ: The process's environment; SAGEMAKER_BIND_TO_PORT is read from it.
        host: Address to listen on; 127.0.0.1 keeps it to this machine.
        port: Port to listen on instead of the environment's; 0 takes any free one.
        threads: Threads that share the work of one request.

    Raises:
        SettingError: SAGEMAKER_BIND_TO_PORT is no port.
        PortTakenError: The port is in use, or may not be used.
        PolicyNotFoundError: The folder holds no policy.
        PolicyFormatError: The policy cannot be loaded.
    """
    listener = _listen(host, _port(environ) if port is None else port)
    app = App()
    server = uvicorn.Server(_config(app))
    failures: list[Exception] = []
    loader = threading.Thread(
        target=_load, args=(model_dir, threads, app, server, failures), name="load-policy", daemon=True
    )
    bound_host, bound_port = listener.getsockname()[:2]
    with listener, _calm_signals():
        logger.info("Listening on http://%s:%d; loading the policy in %s", bound_host, bound_port, model_dir)
        loader.start()
        server.run(sockets=[listener])
    if failures:
        raise failures[0]


def _load(model_dir: Path, threads: int, app: App, server: uvicorn.Server, failures: list[Exception]) -> None:
    """Loads the policy beside the running server, and ends the server when that fails."""
    try:
        from sagemaker_rl_container.serving.model import load_model

        model = load_model(model_dir, threads)
        app.protocol.ready(model)
    except RLContainerError as error:
        failures.append(error)
    except Exception as error:  # a thread's exception would be lost; serve() raises it
        failures.append(
            PolicyFormatError(f"the policy cannot be loaded: {type(error).__name__}: {error}", where=str(model_dir))
        )
    else:
        logger.info("Ready: %s of %s", model.manifest.algorithm, model.manifest.toolkit)
        return
    server.should_exit = True


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get(PORT_VARIABLE, str(DEFAULT_PORT))
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**16:
        return int(text)
    raise SettingError(
        f"{PORT_VARIABLE}={text!r} is no port",
        where="the environment of the container",
        expected="a number from 1 to 65535",
        do="correct or remove the variable",
    )


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. It listens at once: only then does a second server on the port fail."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortTakenError(
            f"port {port} of {host} cannot be used: {error.strerror or error}",
            where=PORT_VARIABLE,
            expected="a free port",
            do=f"end the other process, or set {PORT_VARIABLE} to a free port",
        ) from None
    return listener


@contextlib.contextmanager
def _calm_signals() -> Iterator[None]:
    """Lets SIGTERM end the server and not the process.

    uvicorn raises the signal that stopped it again when it is done, for whoever had a handler before; the
    default handler would turn a clean end into exit code 143.
    """

    def nothing(signum: int, frame: FrameType | None) -> None:
        pass

    before = {number: signal.signal(number, nothing) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
