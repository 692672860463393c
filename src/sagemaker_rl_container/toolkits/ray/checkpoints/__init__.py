"""Checkpoints of an RLlib algorithm: written whole or not at all, and resumed from only where they are whole."""
