"""Training without a loop of one's own: a class, a job file or hyperparameters make an experiment, which is run."""
