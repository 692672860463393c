"""Keys of an experiment, beside its configuration, and algorithms that RLlib has no more."""

from __future__ import annotations

from types import MappingProxyType

from sagemaker_rl_container.toolkits.ray.classic.keys import values
from sagemaker_rl_container.toolkits.ray.classic.keys.key import ignored, kept, refused, table, translated

_JOB = "the job's output folder has what Tune wrote there"

EXPERIMENT = table(
    kept("run env config stop"),
    translated("checkpoint_freq", "checkpoint.every_iterations", "0: by time", values.checkpoint_freq),
    translated("checkpoint_at_end", "checkpoint.at_end", "", values.into("checkpoint", "at_end")),
    translated("keep_checkpoints_num", "checkpoint.keep", "unset: three", values.keep_checkpoints),
    translated("checkpoint_score_attr", "checkpoint.keep_best, checkpoint.mode", "", values.checkpoint_score),
    refused(
        "restore", "checkpoints of other Ray versions cannot be read; those of a job resume by themselves", (None, "")
    ),
    translated("num_samples", "search.num_samples", "with ray.tune's spaces in the configuration", values.num_samples),
    ignored("local_dir upload_dir sync_function sync_config name trial_name_creator loggers", _JOB),
    ignored("verbose queue_trials reuse_actors resume raise_on_failed_trial export_formats", _JOB),
    ignored("max_failures", "RLlib restarts env runners, and a restarted job resumes"),
    ignored("resources_per_trial trial_resources", "the configuration says what an algorithm needs"),
)

# The algorithms of 2018 to 2021 that RLlib has removed, and which of today's comes nearest.
REMOVED = MappingProxyType(
    {
        "A2C": "PPO",
        "A3C": "IMPALA",
        "PG": "PPO",
        "DDPPO": "PPO",
        "APEX": "DQN",
        "APEX_DDPG": "SAC",
        "SimpleQ": "DQN",
        "R2D2": "DQN",
        "DDPG": "SAC",
        "TD3": "SAC",
        "ES": "PPO",
        "ARS": "PPO",
        "QMIX": "PPO",
        "MADDPG": "SAC",
        "contrib/MADDPG": "SAC",
        "contrib/AlphaZero": "DreamerV3",
        "contrib/LinUCB": "PPO",
        "contrib/LinTS": "PPO",
        "Dreamer": "DreamerV3",
        "MAML": "PPO",
        "MBMPO": "DreamerV3",
        "SlateQ": "DQN",
    }
)
