"""Environments of the old gym: four values from `step`, one from `reset`, and spaces of the old package."""
