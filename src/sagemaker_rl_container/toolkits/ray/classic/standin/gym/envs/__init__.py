"""The old registry of environments."""

from . import registration
from .registration import make, register, registry, spec

__all__ = ["make", "register", "registration", "registry", "spec"]
