from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from tests.serving import act, load
from tests.unit.toolkits.ray.export.recording import Graph

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.policies.manifest import Manifest, Sampling
from sagemaker_rl_container.policies.model_folder import FILE_NAME, read
from sagemaker_rl_container.ray import export_policy

pytestmark = [
    # RLlib registers every environment class under one name, and says so when there is a second one.
    pytest.mark.filterwarnings("ignore:.*Overriding environment rllib-single-agent-env-v0:UserWarning"),
    # ray.data reads its own deprecated settings when a remote learner starts.
    pytest.mark.filterwarnings("ignore:`use_\\w+` is deprecated:DeprecationWarning"),
]

Build = Callable[..., Any]
Array = npt.NDArray[Any]


class Target(gymnasium.Env[Any, Any]):  # type: ignore[misc]  # gymnasium's types are not read
    """An environment of any two spaces, for their sake."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.observation_space = config["observation"]
        self.action_space = config["action"]
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        self.steps += 1
        return self.observation_space.sample(), 1.0, self.steps >= 20, False, {}


def played(environment: str, count: int = 256) -> Array:
    """Observations of an environment under random actions, other ones than the export's own."""
    env = gymnasium.make(environment)
    env.action_space.seed(7)
    observation, _ = env.reset(seed=7)
    found = []
    for _ in range(count):
        found.append(observation)
        observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            observation, _ = env.reset()
    env.close()
    return np.stack(found)


def logits_of(algorithm: Any, observations: Array) -> Array:
    """What the live network says, asked without any of the export's code."""
    with torch.no_grad():
        outputs = algorithm.get_module().forward_inference({"obs": torch.from_numpy(observations).float()})
    return np.asarray(outputs["action_dist_inputs"])


def test_discrete_actions_equal_the_live_policys(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    algorithm.train()
    observations = played("CartPole-v1")
    manifest = export_policy(algorithm, tmp_path)
    logits = logits_of(algorithm, observations)
    clear = np.abs(logits[:, 0] - logits[:, 1]) > 1e-5
    actions = act(load(tmp_path), observations)
    assert clear.sum() > 200
    assert len(set(actions.tolist())) == 2 or logits.argmax(axis=1).std() == 0
    np.testing.assert_array_equal(actions[clear], logits.argmax(axis=1)[clear])
    assert read(tmp_path) == manifest
    assert (manifest.algorithm, manifest.only().action.choice, manifest.only().action.bounds) == (
        "PPO",
        "argmax",
        "none",
    )
    assert (manifest.only().parity.observations, manifest.only().parity.source) == (512, "environment")
    assert manifest.only().parity.max_logits_difference < 1e-5


@pytest.mark.parametrize(
    ("settings", "expected", "rule"),
    [
        ({}, lambda mean: np.clip(-2 + (mean + 1) * 2, -2, 2), "unsquash"),
        ({"normalize_actions": False, "clip_actions": True}, lambda mean: np.clip(mean, -2, 2), "clip"),
        ({"normalize_actions": False, "clip_actions": False}, lambda mean: mean, "none"),
    ],
)
def test_continuous_actions_are_unsquashed_and_clipped_as_configured(
    build: Build, tmp_path: Path, settings: dict[str, bool], expected: Callable[[Array], Array], rule: str
) -> None:
    algorithm = build("Pendulum-v1", environment=settings)
    algorithm.train()
    with torch.no_grad():  # large means, so that clipping shows
        for parameter in algorithm.get_module().pi.parameters():
            parameter.mul_(200.0)
    observations = played("Pendulum-v1")
    manifest = export_policy(algorithm, tmp_path)
    means = logits_of(algorithm, observations)[:, :1]
    assert (np.abs(means) > 2).any()
    # The terms of these means are in the hundreds, of which a float32 has five digits behind the point at best.
    np.testing.assert_allclose(act(load(tmp_path), observations), expected(means), rtol=1e-4, atol=2e-4)
    assert (manifest.only().action.choice, manifest.only().action.bounds) == ("mean", rule)


def test_the_export_compares_with_what_the_runner_sends_to_the_environment(build: Build, tmp_path: Path) -> None:
    algorithm = build("Pendulum-v1")
    export_policy(algorithm, tmp_path)
    (episode,) = algorithm.env_runner.sample(num_episodes=1, explore=False)
    means = np.asarray(episode.get_actions())  # before unsquashing
    actions = act(load(tmp_path), np.asarray(episode.get_observations())[: len(means)])
    np.testing.assert_allclose(actions, np.clip(-2 + (means + 1) * 2, -2, 2), atol=1e-5)


def test_the_file_stands_alone_and_takes_any_batch(build: Build, tmp_path: Path, capfd: Any) -> None:
    algorithm = build("CartPole-v1")
    capfd.readouterr()
    export_policy(algorithm, tmp_path / "new" / "model")
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    folder = tmp_path / "new" / "model"
    assert sorted(path.name for path in folder.iterdir()) == ["policy.onnx", FILE_NAME]
    onnx.checker.check_model(str(folder / "policy.onnx"), full_check=True)
    policy = load(folder)
    assert [act(policy, np.zeros((count, 4))).shape for count in (1, 2, 333)] == [(1,), (2,), (333,)]


def test_an_algorithm_with_remote_runners_and_learner_exports_its_newest_weights(build: Build, tmp_path: Path) -> None:
    algorithm = build(
        "CartPole-v1",
        env_runners={"num_env_runners": 1, "num_cpus_per_env_runner": 0.5},
        learners={"num_learners": 1, "num_cpus_per_learner": 0.5},
    )
    before = export_policy(algorithm, tmp_path / "before")
    algorithm.train()
    after = export_policy(algorithm, tmp_path / "after")
    assert before.only().sha256 != after.only().sha256
    weights = algorithm.learner_group.get_weights()["default_policy"]
    graph = onnx.load(tmp_path / "after" / "policy.onnx").graph
    exported = [onnx.numpy_helper.to_array(value) for value in graph.initializer]
    head = np.asarray(weights["pi.net.mlp.0.weight"])
    assert any(value.shape == head.shape and np.array_equal(value, head) for value in exported)


def test_an_algorithm_restored_from_a_checkpoint_exports_the_same_policy(build: Build, tmp_path: Path) -> None:
    from ray.rllib.algorithms.algorithm import Algorithm

    algorithm = build("CartPole-v1")
    algorithm.train()
    export_policy(algorithm, tmp_path / "live")
    restored = Algorithm.from_checkpoint(algorithm.save_to_path(str(tmp_path / "checkpoint")))
    try:
        export_policy(restored, tmp_path / "restored")
    finally:
        restored.stop()
    observations = played("CartPole-v1")
    names = ("logits",)
    live, again = (
        load(tmp_path / folder).runtime.run({"observation": observations}, names)[0] for folder in ("live", "restored")
    )
    np.testing.assert_array_equal(live, again)


def flatten(env: Any = None, spaces: Any = None, device: Any = None) -> Any:
    from ray.rllib.connectors.env_to_module import FlattenObservations

    return FlattenObservations()


BOX = gymnasium.spaces.Box(-1.0, 1.0, (3,))


@pytest.mark.parametrize(
    ("observation", "action"),
    [
        (gymnasium.spaces.Discrete(5), gymnasium.spaces.Discrete(3)),
        (gymnasium.spaces.Box(-1.0, np.inf, (2, 3)), gymnasium.spaces.Discrete(3)),
        (gymnasium.spaces.Box(0, 255, (2, 2), np.uint8), gymnasium.spaces.Discrete(3)),
        (gymnasium.spaces.MultiDiscrete([2, 4]), gymnasium.spaces.MultiDiscrete([2, 3, 4])),
        (
            gymnasium.spaces.Box(-1.0, 1.0, (3,), np.float64),
            gymnasium.spaces.Box(-2.0, 5.0, (2,), np.float64),
        ),
    ],
)
def test_flattened_observations_and_every_kind_of_action_are_exported(
    build: Build, tmp_path: Path, observation: gymnasium.Space[Any], action: gymnasium.Space[Any]
) -> None:
    algorithm = build(
        Target,
        environment={"env_config": {"observation": observation, "action": action}},
        env_runners={"env_to_module_connector": flatten},
    )
    manifest = export_policy(algorithm, tmp_path)
    assert manifest.only().parity.source == "environment"
    assert manifest.only().parity.max_difference < 1e-5
    observation.seed(3)
    actions = act(load(tmp_path), np.stack([np.asarray(observation.sample()) for _ in range(50)]))
    assert actions.dtype == action.dtype
    assert all(action.contains(value) for value in actions)


def test_given_observations_are_compared_on(build: Build, tmp_path: Path) -> None:
    manifest = export_policy(build("CartPole-v1"), tmp_path, observations=[[0.0, 0.1, 0.2, 0.3]] * 3)
    assert (manifest.only().parity.source, manifest.only().parity.observations) == ("given", 259)


def test_an_environment_that_cannot_be_made_again_is_no_hindrance(
    build: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Once(Target):
        made = False

        def __init__(self, config: dict[str, Any]) -> None:
            if Once.made:
                raise RuntimeError("the simulator is busy")
            Once.made = True
            super().__init__(config)

    config = {"observation": BOX, "action": gymnasium.spaces.Discrete(2)}
    manifest = export_policy(build(Once, environment={"env_config": config}), tmp_path)
    assert (manifest.only().parity.source, manifest.only().parity.observations) == ("space", 256)
    assert "the simulator is busy" in caplog.text


def refused(algorithm: Any, folder: Path, message: str, **options: Any) -> ExportError:
    """Exports into a folder that holds something, and checks that only that is there afterwards."""
    (folder / "kept").touch()
    with pytest.raises(ExportError, match=message) as caught:
        export_policy(algorithm, folder, **options)
    assert [path.name for path in folder.iterdir()] == ["kept"]
    return caught.value


def test_a_connector_that_needs_rewards_is_refused_by_name(build: Build, tmp_path: Path) -> None:
    from ray.rllib.connectors.env_to_module import FlattenObservations, PrevActionsPrevRewards

    pieces = [PrevActionsPrevRewards(), FlattenObservations()]
    algorithm = build("CartPole-v1", env_runners={"env_to_module_connector": lambda *_: pieces})
    error = refused(algorithm, tmp_path, "connector PrevActionsPrevRewards cannot be made part")
    assert error.where.endswith("prev_actions_prev_rewards.PrevActionsPrevRewards")


def test_a_users_connector_is_refused_even_under_a_known_name(build: Build, tmp_path: Path) -> None:
    from ray.rllib.connectors.module_to_env import GetActions

    disguised = type("GetActions", (GetActions,), {"__module__": "mine"})
    algorithm = build("CartPole-v1", env_runners={"module_to_env_connector": lambda *_: disguised()})
    assert refused(algorithm, tmp_path, "connector GetActions").where == "mine.GetActions"


def test_observations_that_are_none_of_the_space_are_refused(build: Build, tmp_path: Path) -> None:
    refused(build("CartPole-v1"), tmp_path, r"shape \(2, 3\)", observations=[[0, 1, 2]] * 2)


def test_an_unknown_module_is_refused(build: Build, tmp_path: Path) -> None:
    refused(build("CartPole-v1"), tmp_path, "no policy 'other'", module_id="other")


def test_a_diverged_policy_is_refused(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    with torch.no_grad():
        next(iter(algorithm.get_module().parameters())).fill_(float("nan"))
    refused(algorithm, tmp_path, "training has diverged")


def test_a_policy_that_disagrees_with_itself_is_refused_and_an_earlier_export_kept(
    build: Build, tmp_path: Path
) -> None:
    algorithm = build("CartPole-v1")
    earlier = export_policy(algorithm, tmp_path)
    module = algorithm.get_module()
    forward = type(module)._forward

    def noisy(batch: dict[str, Any], **options: Any) -> dict[str, Any]:
        output: dict[str, Any] = forward(module, batch, **options)
        # Dropout: on in the live module, off in the exported copy's evaluation mode.
        output["action_dist_inputs"] = torch.dropout(output["action_dist_inputs"], 0.5, train=module.training)
        return output

    module._forward = noisy
    module.train()
    with pytest.raises(ExportError, match=r"disagrees with the live one on [1-9]"):
        export_policy(algorithm, tmp_path)
    assert read(tmp_path) == earlier
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.onnx", FILE_NAME]


def test_a_policy_that_cannot_be_traced_is_refused_with_the_cause(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    module = algorithm.get_module()
    forward = type(module)._forward

    def branching(batch: dict[str, Any], **options: Any) -> Any:
        return forward(module, batch if float(batch["obs"].sum()) > 0 else {"obs": -batch["obs"]}, **options)

    module._forward = branching
    assert refused(algorithm, tmp_path, "cannot be turned into an ONNX graph").__cause__ is not None


def test_a_policy_that_gives_neither_actions_nor_their_distribution_is_refused(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    algorithm.get_module()._forward = lambda batch, **_: {"values": batch["obs"]}
    refused(algorithm, tmp_path, "cannot be asked for actions")


def test_manifests_of_two_exports_differ_only_where_they_should(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    first, second = (export_policy(algorithm, tmp_path / name) for name in ("a", "b"))
    assert isinstance(first, Manifest)
    assert first == second


def test_a_warning_takes_the_place_of_the_error_where_that_is_asked_for(
    build: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    algorithm = build("CartPole-v1")
    assert export_policy(algorithm, tmp_path, module_id="default_polic", on_failure="warn") is None
    assert "the algorithm has no policy 'default_polic'" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_drawn_actions_come_from_the_noise_and_the_policys_own_distribution(build: Build, tmp_path: Path) -> None:
    algorithm = build("Pendulum-v1")
    policy = export_policy(algorithm, tmp_path, sampling=True, seed=3).only()
    assert policy.sampling == Sampling(size=1, seed=3)
    observations = played("Pendulum-v1", 64)
    noise = np.random.default_rng(0).standard_normal((64, 1)).astype(np.float32)
    found = Graph(tmp_path, policy).run(list(observations), noise=noise)
    mean, log_std = np.split(logits_of(algorithm, observations), 2, axis=1)
    np.testing.assert_allclose(found["sample"], np.clip(2 * (mean + np.exp(log_std) * noise), -2, 2), atol=1e-5)
    np.testing.assert_allclose(found["action"], np.clip(2 * mean, -2, 2), atol=1e-5)


def test_a_policy_without_a_distribution_cannot_be_drawn_from(build: Build, tmp_path: Path) -> None:
    algorithm = build("CartPole-v1")
    module = algorithm.get_module()
    module._forward = lambda batch, **_: {"actions": (batch["obs"].sum(dim=-1) > 0).long()}
    refused(algorithm, tmp_path, "no action distribution to draw from", sampling=True)
    policy = export_policy(algorithm, tmp_path).only()
    assert (policy.action.distribution, [each.name for each in policy.outputs]) == ("none", ["action"])


def test_state_on_which_no_action_depends_is_left_out(build: Build, tmp_path: Path) -> None:
    model = {"use_lstm": True, "lstm_cell_size": 8, "max_seq_len": 4, "vf_share_layers": False}
    algorithm = build("CartPole-v1", rl_module={"model_config": model})
    assert set(algorithm.get_module().get_initial_state()) == {"actor", "critic"}
    policy = export_policy(algorithm, tmp_path).only()
    assert [part.input for part in policy.state] == ["state_in.actor.c", "state_in.actor.h"]
    assert [each.name for each in policy.inputs] == ["observation", "state_in.actor.c", "state_in.actor.h"]
