"""Ray RLlib."""
