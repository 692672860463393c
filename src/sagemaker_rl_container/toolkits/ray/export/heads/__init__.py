"""From the inputs of an action distribution to actions: a head for each of RLlib's distribution classes."""
