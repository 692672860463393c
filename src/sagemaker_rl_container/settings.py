"""Every SAGEMAKER_RL_* variable, read and checked in this one place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec

from sagemaker_rl_container.errors import SettingError

PREFIX = "SAGEMAKER_RL_"

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Key = Annotated[str, msgspec.Meta(min_length=32)]  # who connects to the head can try keys at leisure
Count = Annotated[int, msgspec.Meta(ge=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment may change about a job. docs/settings.md describes each setting.

    Attributes:
        toolkit: The RL toolkit whose cluster is formed across the hosts; the images set it.
        run_on: Hosts that run the script: the head alone, or all of them.
        min_hosts: Hosts, the head among them, with which a started job goes on; unset means: all of them.
        head_group: Instance group whose first host is head; empty means: the first group that has GPUs.
        hyperparameters: A JSON object of hyperparameters that go before the job's own of the same names.
        join_timeout_s: Seconds that hosts wait for each other.
        start_timeout_s: Seconds after which a script that has neither printed nor computed anything counts as hung.
        silence_timeout_s: Seconds after which a silent host or a suspended process is lost; the head's value counts.
        grace_period_s: Seconds between SIGTERM and SIGKILL for the script.
        checkpoint_every_s: Seconds between two checkpoints that JobCallback writes; 0 means: after each iteration.
        keep_checkpoints: Newest checkpoints that JobCallback keeps; 0 means: it neither writes nor resumes.
        printed_metrics: Names of further metrics that JobCallback prints, with commas between them.
        env_checks: Whether JobCallback checks what the environments return.
        record_video: Whether JobCallback records the best evaluation episode.
        head_address: Address by which the head is reached; empty means: its host name.
        host_address: Address of this host; empty means: that of SM_NETWORK_INTERFACE_NAME.
        rendezvous_port: Port of the rendezvous on the head.
        rendezvous_key: Secret that every host of the job knows: proves that a host belongs to the job, and encrypts.
        ray_port: Port of Ray's control service (GCS) on the head.
        ray_tmp_dir: Ray's folder for sockets and logs; empty means: Ray's own choice.
        num_cpus: CPUs that this host offers; unset means: all that the container has.
        head_num_cpus: CPUs that the head offers; unset means: as any other host.
        num_gpus: GPUs that this host offers; unset means: all that the container has.
        object_store_memory: Bytes of Ray's object store; 0 means: sized from /dev/shm.
        dashboard: Whether the head serves Ray's dashboard, to itself alone.
        dashboard_port: Port of the dashboard.
        metrics_port: Port on which each host serves its metrics; unset means: it serves none.
    """

    toolkit: str = "ray"
    run_on: Literal["head", "all"] = "head"
    min_hosts: Annotated[int, msgspec.Meta(ge=1)] | None = None
    head_group: str = ""
    hyperparameters: str = ""
    join_timeout_s: Seconds = 600.0
    start_timeout_s: Seconds = 600.0
    silence_timeout_s: Seconds = 12.0
    grace_period_s: Seconds = 100.0
    checkpoint_every_s: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    keep_checkpoints: Count = 3
    printed_metrics: str = ""
    env_checks: Literal["on", "off"] = "on"
    record_video: Literal["off", "best"] = "off"
    head_address: str = ""
    host_address: str = ""
    rendezvous_port: Port = 7420
    rendezvous_key: Key = ""
    ray_port: Port = 6379
    ray_tmp_dir: str = ""
    num_cpus: Count | None = None
    head_num_cpus: Count | None = None
    num_gpus: Count | None = None
    object_store_memory: Count = 0
    dashboard: Literal["off", "on"] = "off"
    dashboard_port: Port = 8265
    metrics_port: Port | None = None

    def __repr__(self) -> str:
        shown = msgspec.structs.asdict(self) | {"rendezvous_key": "…" if self.rendezvous_key else ""}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Reads the settings.

        Raises:
            SettingError: A variable is unknown, or its value is not of the expected type; all are named together.
        """
        settings, problems = read_settings(environ)
        if problems:
            raise setting_error(problems.values())
        return settings


def read_settings(environ: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """Reads the settings, and goes on where one cannot be read.

    Returns:
        The settings, with defaults in the place of those that cannot be read; and what is wrong, by variable.
    """
    fields = {PREFIX + field.name.upper(): field for field in msgspec.structs.fields(Settings)}
    values, problems = {}, {}
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        field = fields.get(name)
        if field is None:
            problems[name] = _unknown(name, list(fields))
            continue
        try:
            values[field.name] = msgspec.convert(environ[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            is_key = field.name == "rendezvous_key"
            shown = "a secret value" if is_key else repr(environ[name])
            problems[name] = f"{name}={shown}: {error}" + ("; `openssl rand -hex 32` makes one" * is_key)
    return Settings(**values), problems


def setting_error(problems: Iterable[str]) -> SettingError:
    """One error for all that is wrong with the settings."""
    return SettingError(
        "; ".join(problems),
        where="the environment of the container",
        expected="the settings that docs/settings.md lists",
        do="correct or remove the variables",
    )


def _unknown(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"{name} is not a setting" + (f"; did you mean {nearest[0]}?" if nearest else "")
