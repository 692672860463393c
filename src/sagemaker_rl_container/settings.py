"""Every SAGEMAKER_RL_* variable, read and checked in this one place."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
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
        hyperparameters: A JSON object of hyperparameters that go before the job's own of the same names.
        join_timeout_s: Seconds that hosts wait for each other.
        start_timeout_s: Seconds after which a script that has neither printed nor computed anything counts as hung.
        grace_period_s: Seconds between SIGTERM and SIGKILL for the script.
        head_address: Address by which the head is reached; empty means: its host name.
        host_address: Address of this host; empty means: that of SM_NETWORK_INTERFACE_NAME.
        rendezvous_port: Port of the rendezvous on the head.
        rendezvous_key: Secret that every host of the job knows: proves that a host belongs to the job, and encrypts.
        silence_timeout_s: Seconds after which a host that says nothing counts as lost; the head's value is that of all.
        ray_port: Port of Ray's control service (GCS) on the head.
        ray_tmp_dir: Ray's folder for sockets and logs; empty means: Ray's own choice.
        num_cpus: CPUs that this host offers; 0 means: all that the container has.
        num_gpus: GPUs that this host offers; unset means: all that the container has.
        object_store_memory: Bytes of Ray's object store; 0 means: sized from /dev/shm.
    """

    toolkit: str = "ray"
    run_on: Literal["head", "all"] = "head"
    hyperparameters: str = ""
    join_timeout_s: Seconds = 600.0
    start_timeout_s: Seconds = 600.0
    grace_period_s: Seconds = 100.0
    head_address: str = ""
    host_address: str = ""
    rendezvous_port: Port = 7420
    rendezvous_key: Key = ""
    silence_timeout_s: Seconds = 12.0
    ray_port: Port = 6379
    ray_tmp_dir: str = ""
    num_cpus: Count = 0
    num_gpus: Count | None = None
    object_store_memory: Count = 0

    def __repr__(self) -> str:
        shown = msgspec.structs.asdict(self) | {"rendezvous_key": "…" if self.rendezvous_key else ""}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Reads the settings.

        Raises:
            SettingError: A variable is unknown, or its value is not of the expected type; all are named together.
        """
        fields = {PREFIX + field.name.upper(): field for field in msgspec.structs.fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        problems = [_unknown(name, list(fields)) for name in given if name not in fields]
        values = {}
        for name in given.keys() & fields.keys():
            field = fields[name]
            try:
                values[field.name] = msgspec.convert(given[name], field.type, strict=False)
            except msgspec.ValidationError as error:
                is_key = field.name == "rendezvous_key"
                shown = "a secret value" if is_key else repr(given[name])
                problems.append(f"{name}={shown}: {error}" + ("; `openssl rand -hex 32` makes one" * is_key))
        if problems:
            raise SettingError(
                "; ".join(sorted(problems)),
                where="the environment of the container",
                expected="the settings that docs/settings.md lists",
                do="correct or remove the variable",
            )
        return cls(**values)


def _unknown(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"{name} is not a setting" + (f"; did you mean {nearest[0]}?" if nearest else "")
