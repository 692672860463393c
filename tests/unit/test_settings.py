import pytest

from sagemaker_rl_container.errors import SettingError
from sagemaker_rl_container.settings import Settings


def test_without_variables_every_setting_has_its_default() -> None:
    assert Settings.from_environ({"PATH": "/usr/bin", "SAGEMAKER_PROGRAM": "train.py"}) == Settings()


def test_values_are_converted_to_their_types() -> None:
    settings = Settings.from_environ(
        {
            "SAGEMAKER_RL_RUN_ON": "all",
            "SAGEMAKER_RL_JOIN_TIMEOUT_S": "1.5",
            "SAGEMAKER_RL_RAY_PORT": "7000",
            "SAGEMAKER_RL_NUM_GPUS": "0",
        }
    )

    assert (settings.run_on, settings.join_timeout_s, settings.ray_port, settings.num_gpus) == ("all", 1.5, 7000, 0)


def test_an_unknown_setting_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingError, match="did you mean SAGEMAKER_RL_RAY_PORT"):
        Settings.from_environ({"SAGEMAKER_RL_RAYPORT": "7000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAGEMAKER_RL_RAY_PORT", "70000"),
        ("SAGEMAKER_RL_RAY_PORT", "http"),
        ("SAGEMAKER_RL_RUN_ON", "workers"),
        ("SAGEMAKER_RL_JOIN_TIMEOUT_S", "0"),
        ("SAGEMAKER_RL_NUM_CPUS", "-1"),
        ("SAGEMAKER_RL_SILENCE_TIMEOUT_S", "0"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_name_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environ({name: value})

    assert f"{name}={value!r}" in str(caught.value)


def test_all_problems_are_named_together() -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environ({"SAGEMAKER_RL_RAY_PORT": "x", "SAGEMAKER_RL_NUM_CPUS": "y"})

    assert "SAGEMAKER_RL_RAY_PORT" in str(caught.value)
    assert "SAGEMAKER_RL_NUM_CPUS" in str(caught.value)


@pytest.mark.parametrize("key", ["", "too short to be a secret"])
def test_a_key_that_could_be_guessed_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingError, match="openssl rand -hex 32") as caught:
        Settings.from_environ({"SAGEMAKER_RL_RENDEZVOUS_KEY": key})

    assert "too short to be" not in str(caught.value)


def test_a_key_is_hidden_where_settings_are_printed() -> None:
    key = "0123456789abcdef" * 4
    settings = Settings.from_environ({"SAGEMAKER_RL_RENDEZVOUS_KEY": key})

    assert settings.rendezvous_key == key
    assert key not in repr(settings)
    assert "rendezvous_port=7420" in repr(settings)
