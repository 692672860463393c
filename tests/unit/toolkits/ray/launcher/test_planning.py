"""Experiments planned from documents: data in, a value out, no Ray."""

from __future__ import annotations

from typing import Any

import pytest

from sagemaker_rl_container.errors import LauncherConfigError
from sagemaker_rl_container.toolkits.hyperparameters import Quantity, merged
from sagemaker_rl_container.toolkits.ray.launcher.configure import require_valid
from sagemaker_rl_container.toolkits.ray.launcher.experiment import Experiment, checked
from sagemaker_rl_container.toolkits.ray.launcher.planning import plan_changes, plan_document
from sagemaker_rl_container.toolkits.ray.plans import CheckpointPlan, ExportPlan

JOB: dict[str, Any] = {
    "run": "PPO",
    "env": "CartPole-v1",
    "config": {"lr": "3e-4", "train_batch_size_per_learner": 256, "model_config": {"fcnet_hiddens": [16]}},
    "stop": {"training_iteration": 2},
    "seed": 3,
}


def plan(**changes: Any) -> Experiment:
    return plan_document(merged(JOB, changes), "job.yaml")


def test_a_document_says_all_that_rllib_does_not() -> None:
    experiment = plan(checkpoint={"every_iterations": 5, "keep_best": "x"}, export={"on_failure": "warn"})

    config = experiment.config
    assert (config.algo_class.__name__, config.env, config.lr, config.seed) == ("PPO", "CartPole-v1", 0.0003, 3)
    assert (config.train_batch_size_per_learner, config.model_config["fcnet_hiddens"]) == (256, [16])
    assert experiment.stop == {"training_iteration": 2}
    assert experiment.checkpoint == CheckpointPlan(every_iterations=5, keep_best="x")
    assert experiment.export == ExportPlan(on_failure="warn")
    assert experiment.search is None


def test_evaluation_has_short_names() -> None:
    config = plan(evaluation={"interval": 3, "duration": Quantity(500, "EnvironmentSteps")}).config
    assert (config.evaluation_interval, config.evaluation_duration) == (3, 500)
    assert config.evaluation_duration_unit == "timesteps"


@pytest.mark.parametrize(
    ("unit", "figure"),
    [
        ("EnvironmentSteps", "num_env_steps_sampled_lifetime"),
        ("EnvironmentEpisodes", "env_runners/num_episodes_lifetime"),
    ],
)
def test_a_stop_with_a_unit_is_rllibs_figure_of_it(unit: str, figure: str) -> None:
    assert plan_document({**JOB, "stop": Quantity(1000, unit)}, "job.yaml").stop == {figure: 1000}


def test_an_environment_may_be_a_callable_of_the_users_code() -> None:
    from ray.tune.registry import ENV_CREATOR, _global_registry

    name = "tests.unit.toolkits.ray.launcher.environments:Corridor"
    assert plan(env=name).config.env == name
    environment = _global_registry.get(ENV_CREATOR, name)({"length": 3})
    assert environment.length == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": "PPOO"}, "did you mean PPO?"),
        ({"run": "json:loads"}, "'json:loads' is no algorithm"),
        ({"env": "CartPole-v9"}, "did you mean CartPole-v1?"),
        ({"env": "no_such_module:Env"}, "No module named 'no_such_module'"),
        ({"env": "json:lods"}, "did you mean 'loads'?"),
        ({"algorithm": "PPO"}, "did you mean run?"),
        ({"confg": {}}, "did you mean config?"),
        ({"checkpoint_freq": 10}, "did you mean checkpoint.every_iterations?"),
        ({"config": {"num_workers": 2}}, "did you mean num_env_runners?"),
        ({"config": {"sgd_minibatch_size": 2}}, "did you mean minibatch_size?"),
        ({"config": {"lambda": 0.9}}, "did you mean lambda_?"),
        ({"config": {"gama": 0.9}}, "did you mean gamma?"),
        ({"config": {"twin_q": True}}, "no key 'twin_q'"),
        ({"config": {"lr": "fast"}}, "lr has a value that it cannot have, 'fast'"),
        ({"config": {"num_epochs": 2.5}}, "num_epochs has a value that it cannot have, 2.5"),
        ({"config": {"env_runner_cls": 3}}, "env_runner_cls has a value that it cannot have, 3"),
        ({"config": {"batch_mode": "complete"}}, "truncate_episodes|complete_episodes"),
        ({"config": {"model_config": {"fcnet_hidden": [8]}}}, "did you mean model_config.fcnet_hiddens?"),
        ({"checkpoint": {"keep": -1}}, "at `checkpoint.keep`"),
        ({"checkpoint": {"keep_bst": "x"}}, "did you mean checkpoint.keep_best?"),
        ({"export": {"on_failure": "ignore"}}, "at `export.on_failure`"),
        ({"evaluation": {"interval": 0}}, "at `evaluation.interval`"),
        ({"evaluation": {"duration": Quantity(5, "TrainingSteps")}}, "cannot count rl.training.evaluation.duration"),
        ({"config": {"lr": Quantity(5, "EnvironmentSteps")}}, "cannot count rl.training.config.lr"),
        ({"search": {"num_samples": 2}}, "missing required field `space`"),
    ],
)
def test_what_cannot_be_is_told_with_the_nearest_that_can(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(LauncherConfigError) as error:
        plan(**changes)
    assert words in error.value.what
    assert error.value.where == "job.yaml"
    assert error.value.expected
    assert error.value.do


@pytest.mark.parametrize(("missing", "words"), [("run", "no algorithm is named"), ("env", "no environment is named")])
def test_a_document_without_a_class_names_algorithm_and_environment(missing: str, words: str) -> None:
    document = {name: value for name, value in JOB.items() if name != missing}
    with pytest.raises(LauncherConfigError, match=words):
        plan_document(document, "job.yaml")


def test_fractions_of_cpus_are_possible_whatever_rllib_calls_their_type() -> None:
    assert plan(config={"num_cpus_per_env_runner": 0.5}).config.num_cpus_per_env_runner == 0.5


class TestChanges:
    def test_go_before_what_a_class_says(self) -> None:
        base = plan(checkpoint={"keep": 5}, stop={"time_total_s": 10})
        document = {
            "config": {"lr": 0.1, "model_config": {"fcnet_activation": "relu"}},
            "stop": {"training_iteration": 9, "time_total_s": None},
            "checkpoint": {"every_s": 1},
        }
        changed = plan_changes(base, document, "the job's hyperparameters")

        assert changed.config.lr == 0.1
        assert changed.config.model_config["fcnet_hiddens"] == [16]
        assert changed.config.model_config["fcnet_activation"] == "relu"
        assert changed.stop == {"training_iteration": 9}
        assert changed.checkpoint == CheckpointPlan(keep=5, every_s=1)
        assert changed.told_by == "job.yaml and the job's hyperparameters"
        assert base.config.lr == 0.0003

    def test_go_into_a_model_configuration_of_rllibs_own_class(self) -> None:
        from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

        base = plan()
        base.config.rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[8], fcnet_activation="tanh"))
        changed = plan_changes(base, {"config": {"model_config": {"fcnet_hiddens": [4]}}}, "here")
        assert changed.config._model_config == DefaultModelConfig(fcnet_hiddens=[4], fcnet_activation="tanh")

    def test_give_what_varies_another_domain(self) -> None:
        base = plan(search={"space": {"lr": {"uniform": [0.1, 0.2]}, "gamma": {"choice": [0.9]}}, "num_samples": 3})
        search = plan_changes(base, {"search": {"space": {"lr": {"grid": [0.1]}}, "num_samples": 1}}, "here").search
        assert search is not None
        assert search.space == {"lr": {"grid": [0.1]}, "gamma": {"choice": [0.9]}}
        assert (search.num_samples, search.metric) == (1, "env_runners/episode_return_mean")

    def test_cannot_name_another_algorithm(self) -> None:
        with pytest.raises(LauncherConfigError, match="the script trains PPO, and run=SAC is asked for"):
            plan_changes(plan(), {"run": "SAC"}, "here")

    def test_are_none_where_nothing_is_said(self) -> None:
        base = plan()
        changed = plan_changes(base, {}, "the job's hyperparameters")
        assert (changed.stop, changed.told_by) == (base.stop, "job.yaml")


class TestChecks:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"stop": {"training_iteration": None}}, "training would never end"),
            ({"stop": {"training_iteration": "soon"}}, "the bound of 'training_iteration' is no number: 'soon'"),
            ({"export": {"which": "best"}}, "no best checkpoint is kept"),
            ({"checkpoint": {"keep_best": "x", "keep": 0}}, "no checkpoint is written"),
            ({"checkpoint": {"every_s": 1, "every_iterations": 1}}, "both every_s and every_iterations"),
        ],
    )
    def test_an_experiment_that_makes_no_sense_is_refused(self, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(LauncherConfigError) as error:
            checked(plan(**changes))
        assert words in error.value.what

    def test_bounds_are_numbers(self) -> None:
        assert checked(plan()).stop == {"training_iteration": 2.0}

    def test_what_rllib_itself_refuses_is_told_in_its_words(self) -> None:
        experiment = plan(config={"minibatch_size": 1000, "train_batch_size_per_learner": 100})
        with pytest.raises(LauncherConfigError) as error:
            require_valid(experiment.config)
        assert error.value.what.startswith("RLlib refuses the configuration: ")
        assert "minibatch_size" in error.value.what


def test_an_offline_algorithm_that_would_wait_for_environment_steps_is_refused() -> None:
    job = {
        "run": "BC",
        "env": "CartPole-v1",
        "config": {"input_": "episodes", "min_sample_timesteps_per_iteration": 100},
        "stop": {"training_iteration": 2},
    }
    with pytest.raises(LauncherConfigError, match="an iteration would never end"):
        require_valid(plan_document(job, "job.yaml").config)
