"""The old errors."""


class Error(Exception):
    """Root of the old errors."""


class UnregisteredEnv(Error):
    """Nothing is registered under a name."""


class UnregisteredBenchmark(Error):
    """Was for benchmarks."""


class DeprecatedEnv(Error):
    """A name has a newer version."""


class InvalidAction(Error):
    """An action is none of the action space."""


class ResetNeeded(Error):
    """A step was taken before the first reset."""


class DependencyNotInstalled(Error):
    """A package is missing."""


class ResetNotAllowed(Error):
    """An episode is not at its end."""
