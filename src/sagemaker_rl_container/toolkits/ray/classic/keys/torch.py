"""Keys of the algorithm's configuration on RLlib's new API stack, which is PyTorch's."""

from __future__ import annotations

from sagemaker_rl_container.toolkits.ray.classic.keys import values
from sagemaker_rl_container.toolkits.ray.classic.keys.common import COMMON
from sagemaker_rl_container.toolkits.ray.classic.keys.key import ignored, refused, renamed, table, translated

_TENSORFLOW = ignored(
    "tf_session_args local_tf_session_args eager_tracing eager_max_retraces tf_session",
    "is TensorFlow's",
)

TORCH = table(
    *COMMON.values(),
    _TENSORFLOW,
    translated("model", "model_config", "key by key: see below", values.nested("model")),
    translated("num_gpus", "num_learners, num_gpus_per_learner", "a learner for each GPU", values.gpus),
    translated("observation_filter", "MeanStdFilter (connector)", "before the module", values.observation_filter),
    ignored("synchronize_filters", "filters are synchronised"),
    translated("hiddens", "model_config.head_fcnet_hiddens", "", values.into("model", "head_fcnet_hiddens")),
    refused("noisy", "explore with epsilon", new="epsilon"),
    ignored("sigma0", "is of noisy"),
    translated("lr_schedule", "lr", "a schedule from step 0", values.schedule("lr")),
    translated("entropy_coeff_schedule", "entropy_coeff", "a schedule from step 0", values.schedule("entropy_coeff")),
    translated("exploration_config", "epsilon", "EpsilonGreedy and StochasticSampling", values.exploration),
    translated("exploration_fraction", "epsilon", "with schedule_max_timesteps", values.epsilon("fraction")),
    translated("schedule_max_timesteps", "epsilon", "with exploration_fraction", values.epsilon("timesteps")),
    translated("exploration_final_eps", "epsilon", "its last value", values.epsilon("final")),
    translated("exploration_initial_eps", "epsilon", "its first value", values.epsilon("initial")),
    translated("epsilon", "epsilon", "DQN's schedule; IMPALA's number was RMSProp's", values.epsilon_schedule),
    translated("explore", "explore", "", values.explore),
    translated(
        "prioritized_replay",
        "replay_buffer_config.type",
        "PrioritizedEpisodeReplayBuffer or EpisodeReplayBuffer",
        values.prioritized("PrioritizedEpisodeReplayBuffer", "EpisodeReplayBuffer"),
    ),
    ignored("prioritized_replay_eps", "the buffer has its own"),
    translated("replay_buffer_config", "replay_buffer_config", "today's types", values.replay_buffer),
    translated("optimization", "actor_lr, critic_lr, alpha_lr", "", values.sac_rates),
    translated("actor_learning_rate", "actor_lr", "", values.into("", "actor_lr")),
    translated("critic_learning_rate", "critic_lr", "", values.into("", "critic_lr")),
    translated("entropy_learning_rate", "alpha_lr", "", values.into("", "alpha_lr")),
    translated("Q_model", "model_config", "its fcnet_hiddens and fcnet_activation", values.heads),
    translated("policy_model", "model_config", "its fcnet_hiddens and fcnet_activation", values.heads),
    translated("q_model_config", "model_config", "its fcnet_hiddens and fcnet_activation", values.heads),
    translated("policy_model_config", "model_config", "its fcnet_hiddens and fcnet_activation", values.heads),
    translated("remote_worker_envs", "gym_env_vectorize_mode", "async", values.remote_envs),
    ignored("remote_env_batch_wait_ms", "vectorised environments step together"),
    renamed("num_aggregation_workers", "num_aggregator_actors_per_learner"),
    ignored(
        "minibatch_buffer_size replay_proportion replay_buffer_num_slots learner_queue_timeout num_gpu_loader_threads"
        " max_requests_in_flight_per_aggregator_worker timeout_s_aggregator_manager timeout_s_sampler_manager",
        "RLlib's new API stack has no such queue",
    ),
    ignored("opt_type decay momentum", "Adam is what RLlib's new API stack has"),
    refused(
        "preprocessor_pref",
        "wrap the environment: ray.rllib.env.wrappers.atari_wrappers.wrap_atari_for_new_api_stack",
        (None, "deepmind", "rllib"),
    ),
    ignored("_disable_preprocessor_api _disable_action_flattening", "was for models of the old API stack"),
)
