"""Ray RLlib: the cluster, and help for training scripts."""
