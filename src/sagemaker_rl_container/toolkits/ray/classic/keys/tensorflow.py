"""Keys of the algorithm's configuration on RLlib's old API stack, which is TensorFlow's."""

from __future__ import annotations

from sagemaker_rl_container.toolkits.ray.classic.keys import values
from sagemaker_rl_container.toolkits.ray.classic.keys.common import COMMON
from sagemaker_rl_container.toolkits.ray.classic.keys.key import ignored, kept, renamed, table, translated

TENSORFLOW = table(
    *COMMON.values(),
    kept("model num_gpus observation_filter synchronize_filters lr_schedule entropy_coeff_schedule explore"),
    kept("exploration_config preprocessor_pref clip_rewards remote_worker_envs remote_env_batch_wait_ms"),
    kept("replay_buffer_config optimization q_model_config policy_model_config opt_type decay momentum epsilon"),
    kept(
        "minibatch_buffer_size replay_proportion replay_buffer_num_slots learner_queue_timeout use_state_preprocessor"
    ),
    kept("num_aggregation_workers worker_side_prioritization _disable_preprocessor_api _disable_action_flattening"),
    ignored("eager_tracing tf_session_args local_tf_session_args", "TensorFlow runs eagerly, and traced"),
    translated("vf_share_layers", "model.vf_share_layers", "", values.into("model", "vf_share_layers")),
    translated("exploration_fraction", "exploration_config", "EpsilonGreedy", values.epsilon("fraction")),
    translated("schedule_max_timesteps", "exploration_config", "EpsilonGreedy", values.epsilon("timesteps")),
    translated("exploration_final_eps", "exploration_config", "EpsilonGreedy", values.epsilon("final")),
    translated("exploration_initial_eps", "exploration_config", "EpsilonGreedy", values.epsilon("initial")),
    translated(
        "prioritized_replay",
        "replay_buffer_config.type",
        "MultiAgentPrioritizedReplayBuffer or MultiAgentReplayBuffer",
        values.prioritized("MultiAgentPrioritizedReplayBuffer", "MultiAgentReplayBuffer"),
    ),
    renamed("prioritized_replay_alpha", "replay_buffer_config.prioritized_replay_alpha"),
    renamed("prioritized_replay_beta", "replay_buffer_config.prioritized_replay_beta"),
    renamed("prioritized_replay_eps", "replay_buffer_config.prioritized_replay_eps"),
    renamed("Q_model", "q_model_config"),
    renamed("policy_model", "policy_model_config"),
)
