"""Keys of `model` on RLlib's new API stack. The old stack still has all of them."""

from __future__ import annotations

from sagemaker_rl_container.toolkits.ray.classic.keys import values
from sagemaker_rl_container.toolkits.ray.classic.keys.key import ignored, kept, refused, renamed, table, translated

_ATARI = "wrap the environment: ray.rllib.env.wrappers.atari_wrappers.wrap_atari_for_new_api_stack"
_MODULE = "write an RLModule, or take the TensorFlow image, whose old API stack has it"

MODEL = table(
    kept(
        "fcnet_hiddens fcnet_activation conv_filters conv_activation free_log_std vf_share_layers use_lstm max_seq_len"
    ),
    kept("lstm_cell_size lstm_use_prev_action lstm_use_prev_reward log_std_clip_param"),
    translated(
        "lstm_use_prev_action_reward",
        "lstm_use_prev_action, lstm_use_prev_reward",
        "",
        values.previous_action_and_reward,
    ),
    renamed("post_fcnet_hiddens", "head_fcnet_hiddens"),
    renamed("post_fcnet_activation", "head_fcnet_activation"),
    renamed("fcnet_weights_initializer", "fcnet_kernel_initializer"),
    renamed("lstm_weights_initializer", "lstm_kernel_initializer"),
    kept("fcnet_bias_initializer conv_kernel_initializer conv_bias_initializer lstm_bias_initializer"),
    refused("use_attention", _MODULE, new="an RLModule"),
    ignored(
        "attention_num_transformer_units attention_dim attention_num_heads attention_head_dim"
        " attention_memory_inference attention_memory_training attention_position_wise_mlp_dim"
        " attention_init_gru_gate_bias attention_use_n_prev_actions attention_use_n_prev_rewards",
        "is of use_attention",
    ),
    refused("custom_model custom_model_config custom_options", _MODULE, (None, {}, ""), new="an RLModule"),
    refused("custom_action_dist", _MODULE, (None, ""), new="an RLModule"),
    refused("custom_preprocessor", "write a connector, or wrap the environment", (None, ""), new="a connector"),
    refused("no_final_linear", _MODULE),
    refused("squash_to_range", "actions are unsquashed by normalize_actions", new="normalize_actions"),
    refused("framestack", _ATARI, (None, False, True)),
    refused("grayscale zero_mean", _ATARI, (None, False, True)),
    refused("dim", _ATARI, (None, 84)),
    ignored("_time_major _use_default_native_models always_check_shapes", "was RLlib's own"),
    ignored("channel_major num_framestacks state_shape", "was RLlib's own"),
)
