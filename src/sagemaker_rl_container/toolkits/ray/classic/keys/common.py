"""Keys of the algorithm's configuration that become the same on either API stack."""

from __future__ import annotations

from sagemaker_rl_container.toolkits.ray.classic.keys import values
from sagemaker_rl_container.toolkits.ray.classic.keys.key import ignored, kept, refused, renamed, table, translated

_ENVIRONMENT = table(
    kept("env env_config clip_actions normalize_actions batch_mode rollout_fragment_length"),
    renamed("sample_batch_size", "rollout_fragment_length"),
    translated("horizon", "gymnasium's TimeLimit", "around each environment", values.horizon),
    refused("soft_horizon no_done_at_end", "have the environment return what the algorithm should see as its end"),
    refused(
        "clip_rewards",
        "wrap the environment with gymnasium.wrappers.TransformReward",
        new="gymnasium.wrappers.TransformReward",
    ),
    ignored("record_env", "video is chosen by the recording option"),
    ignored("render_env", "a job has no screen"),
    ignored("disable_env_checking", "environments are checked in any case"),
)

_WORKERS = table(
    renamed("num_workers", "num_env_runners"),
    renamed("num_envs_per_worker", "num_envs_per_env_runner"),
    renamed("num_cpus_per_worker", "num_cpus_per_env_runner"),
    renamed("num_gpus_per_worker", "num_gpus_per_env_runner"),
    renamed("custom_resources_per_worker", "custom_resources_per_env_runner"),
    renamed("num_cpus_for_driver", "num_cpus_for_main_process"),
    renamed("ignore_worker_failures", "ignore_env_runner_failures"),
    renamed("recreate_failed_workers", "restart_failed_env_runners"),
    kept("compress_observations placement_strategy"),
    refused("sample_async", "take APPO or IMPALA, which sample while they learn", new="APPO, IMPALA"),
    refused("straggler_mitigation", "set sample_timeout_s", new="sample_timeout_s"),
    ignored(
        "memory object_store_memory memory_per_worker object_store_memory_per_worker",
        "the job has its hosts for itself: SAGEMAKER_RL_OBJECT_STORE_MEMORY is for the object store",
    ),
    ignored("extra_python_environs_for_driver", "set environment variables for the job"),
    ignored("extra_python_environs_for_worker", "set environment variables for the job"),
    ignored("num_cpus_for_local_worker", "the head's own process takes what it needs"),
)

_REPORTS = table(
    translated("monitor", "recording", "video of the best evaluation episode", values.monitor),
    renamed("min_iter_time_s", "min_time_s_per_iteration"),
    renamed("min_time_s_per_reporting", "min_time_s_per_iteration"),
    renamed("timesteps_per_iteration", "min_sample_timesteps_per_iteration"),
    renamed("min_sample_timesteps_per_reporting", "min_sample_timesteps_per_iteration"),
    renamed("min_train_timesteps_per_reporting", "min_train_timesteps_per_iteration"),
    renamed("metrics_smoothing_episodes", "metrics_num_episodes_for_smoothing"),
    renamed("collect_metrics_timeout", "metrics_episode_collection_timeout_s"),
    kept("log_level seed"),
    ignored("log_sys_usage log_syslog keep_per_episode_custom_metrics", "changes no result of training"),
    ignored("logger_config", "the job's output has progress.csv, and the log its metrics"),
    ignored("logger_creator", "the job's output has progress.csv, and the log its metrics"),
)

_LEARNING = table(
    kept("gamma lr train_batch_size grad_clip"),
    renamed("sgd_minibatch_size", "minibatch_size"),
    renamed("sgd_batchsize", "minibatch_size"),
    renamed("num_sgd_iter", "num_epochs"),
    renamed("shuffle_sequences", "shuffle_batch_per_epoch"),
    renamed("lambda", "lambda_"),
    renamed("grad_norm_clipping", "grad_clip"),
    refused("optimizer", "remove it; the algorithm's own settings have taken its place", (None, {})),
    refused("train_batch_size_per_worker", "set train_batch_size"),
    ignored("simple_optimizer num_data_loader_buffers num_multi_gpu_tower_stacks", "RLlib has one way to learn"),
    ignored("sample_collector _use_trajectory_view_api _disable_execution_plan_api", "RLlib has one way to sample"),
    ignored("_fake_gpus fake_sampler", "was for RLlib's own tests"),
    ignored("memory_growth", "the framework takes what it needs"),
)

_EVALUATION = table(
    translated("evaluation_interval", "evaluation_interval", "0 meant never", values.evaluation_interval),
    renamed("evaluation_num_episodes", "evaluation_duration"),
    renamed("evaluation_num_workers", "evaluation_num_env_runners"),
    kept("evaluation_duration evaluation_duration_unit evaluation_parallel_to_training"),
    renamed("custom_eval_function", "custom_evaluation_function"),
    renamed("custom_eval_fn", "custom_evaluation_function"),
    translated("evaluation_config", "evaluation_config", "translated in turn", values.nested("evaluation_config")),
    ignored("in_evaluation", "was RLlib's own"),
)

_OFFLINE = table(
    renamed("input", "input_"),
    kept("output input_config output_config actions_in_input_normalized postprocess_inputs shuffle_buffer_size"),
    kept("output_compress_columns output_max_file_size"),
    refused(
        "input_evaluation",
        "set off_policy_estimation_methods, or evaluate with evaluation_interval",
        (None, [], ["is", "wis"], ["simulation"]),
        new="off_policy_estimation_methods",
    ),
)

_PARTS = table(
    translated("framework", "the image's framework", "the log says which", values.framework),
    translated("use_pytorch", "the image's framework", "the log says which", values.framework),
    translated("eager", "the image's framework", "the log says which", values.nothing),
    translated("use_eager", "the image's framework", "the log says which", values.nothing),
    translated("callbacks", "callbacks", "functions in a dict get an `info` as before", values.callbacks),
    translated("multiagent", "multi_agent()", "mapping functions get the agent's id", values.multiagent),
)

_POLICY_GRADIENT = table(
    kept("use_gae use_critic kl_coeff kl_target clip_param vf_loss_coeff vf_clip_param entropy_coeff use_kl_loss"),
    kept("vtrace vtrace_clip_rho_threshold vtrace_clip_pg_rho_threshold broadcast_interval learner_queue_size"),
    kept("tau beta vf_coeff bc_logstd_coeff target_network_update_freq"),
    translated("vf_share_layers", "model.vf_share_layers", "", values.into("model", "vf_share_layers")),
    renamed("max_sample_requests_in_flight_per_worker", "max_requests_in_flight_per_env_runner"),
)

_VALUES = table(
    kept("n_step double_q dueling hiddens num_atoms v_min v_max noisy sigma0 training_intensity adam_epsilon"),
    kept("target_entropy initial_alpha twin_q bc_iters temperature num_actions lagrangian lagrangian_thresh"),
    kept("min_q_weight store_buffer_in_checkpoints"),
    renamed("learning_starts", "num_steps_sampled_before_learning_starts"),
    renamed("buffer_size", "replay_buffer_config.capacity"),
    renamed("prioritized_replay_alpha", "replay_buffer_config.alpha"),
    renamed("prioritized_replay_beta", "replay_buffer_config.beta"),
    ignored(
        "final_prioritized_replay_beta prioritized_replay_beta_annealing_timesteps beta_annealing_fraction"
        " schedule_max_timesteps_beta",
        "beta is constant today",
    ),
    ignored("worker_side_prioritization replay_mode replay_sequence_length", "RLlib's replay buffer decides"),
    ignored("use_state_preprocessor use_huber huber_threshold", "the algorithm's own default holds"),
    refused(
        "per_worker_exploration parameter_noise soft_q softq",
        "set exploration_config to EpsilonGreedy",
        new="epsilon",
    ),
    refused("before_learn_on_batch", "write a learner connector", new="learner_connector"),
    refused("optim_alpha optim_eps", "Adam is what DQN has today: adam_epsilon", new="adam_epsilon"),
)

COMMON = _ENVIRONMENT | _WORKERS | _REPORTS | _LEARNING | _EVALUATION | _OFFLINE | _PARTS | _POLICY_GRADIENT | _VALUES
