"""Runs reinforcement-learning scripts on Amazon SageMaker, or on one's own machine, and serves their policies."""

__version__ = "0.1.0"
