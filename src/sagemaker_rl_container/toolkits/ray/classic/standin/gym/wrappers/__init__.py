"""What may stand around an environment."""

from .monitor import Monitor
from .old_api import OldApi
from .time_limit import TimeLimit

__all__ = ["Monitor", "OldApi", "TimeLimit"]
