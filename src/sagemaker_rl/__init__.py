"""The names that scripts for AWS's own RL images import."""
