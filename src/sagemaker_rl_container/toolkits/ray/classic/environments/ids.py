"""The names of gym's own environments: what gymnasium has of them, and what has become of the others."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sagemaker_rl_container.errors import ClassicScriptError

_MUJOCO = "gymnasium[mujoco] in requirements.txt, and the version -v5"
_ATARI = "gymnasium[atari] and ale-py in requirements.txt, and the name ALE/…-v5"

# What to do about environments that gymnasium has under another name only, or not at all: by how their names begin.
_SUCCESSORS = MappingProxyType(
    {
        "Roboschool": f"a MuJoCo environment such as Humanoid-v5: {_MUJOCO}",
        "HalfCheetah": f"HalfCheetah-v5: {_MUJOCO}",
        "Hopper": f"Hopper-v5: {_MUJOCO}",
        "Walker2d": f"Walker2d-v5: {_MUJOCO}",
        "Humanoid": f"Humanoid-v5: {_MUJOCO}",
        "Ant": f"Ant-v5: {_MUJOCO}",
        "Swimmer": f"Swimmer-v5: {_MUJOCO}",
        "Reacher": f"Reacher-v5: {_MUJOCO}",
        "InvertedPendulum": f"InvertedPendulum-v5: {_MUJOCO}",
        "LunarLander": "LunarLander-v3: gymnasium[box2d] in requirements.txt",
        "BipedalWalker": "BipedalWalker-v3: gymnasium[box2d] in requirements.txt",
        "CarRacing": "CarRacing-v3: gymnasium[box2d] in requirements.txt",
        "Fetch": "the package gymnasium-robotics",
        "HandManipulate": "the package gymnasium-robotics",
        **dict.fromkeys(("Pong", "Breakout", "SpaceInvaders", "Seaquest", "Qbert", "BeamRider", "MsPacman"), _ATARI),
    }
)


# Gymnasium still has these names, for errors of its own.
_GONE = re.compile(
    r"(HalfCheetah|Hopper|Walker2d|Humanoid|HumanoidStandup|Ant|Swimmer|Reacher|Pusher|Inverted(Double)?Pendulum)-v[1-3]"
)


def modern_id(name: str) -> str:
    """Gymnasium's name of an environment.

    Raises:
        ClassicScriptError: Gymnasium has it not; the message names what comes nearest.
    """
    from gymnasium.envs.registration import registry

    if (
        name in registry and not _GONE.fullmatch(name)
    ) or ":" in name:  # module:name imports the module that registers it
        return name
    raise ClassicScriptError(
        f"gymnasium has no environment {name!r}",
        where='gym.make(), or "env" in get_experiment_config()',
        expected=_successor(name, registry),
        do="name that one, or register an environment of this name with ray.tune.registry.register_env",
    )


def _successor(name: str, registry: Mapping[str, Any]) -> str:
    base = re.sub(r"-v\d+$", "", name.rpartition("/")[2])
    newer = sorted(each for each in registry if re.sub(r"-v\d+$", "", each) == base)
    if newer:
        return newer[-1]
    told = next((text for prefix, text in _SUCCESSORS.items() if base.startswith(prefix)), "")
    return told or ", ".join(difflib.get_close_matches(name, registry, n=3)) or "an environment of gymnasium's"
