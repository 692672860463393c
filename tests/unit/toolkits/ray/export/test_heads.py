from __future__ import annotations

import numpy as np
import pytest
import torch
from ray.rllib.core.distribution.torch import torch_distribution as rllib

from sagemaker_rl_container.errors import ExportError
from sagemaker_rl_container.toolkits.ray.export.heads import Alternatives, Joint, read_head

COUNT = 20_000


@pytest.fixture
def noise() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def test_drawn_integers_have_the_distributions_probabilities(noise: torch.Generator) -> None:
    logits = torch.tensor([[2.0, 0.0, -1.0, 0.5]])
    head = read_head(rllib.TorchCategorical.from_logits(logits), "")
    drawn = head.draw(logits.expand(COUNT, -1), torch.randn(COUNT, head.noise, generator=noise))
    found = np.bincount(drawn.numpy(), minlength=4) / COUNT
    np.testing.assert_allclose(found, torch.softmax(logits[0], 0).numpy(), atol=0.015)


def test_integers_are_drawn_from_the_most_unlikely_noise() -> None:
    logits = torch.zeros(2, 3)
    head = read_head(rllib.TorchCategorical.from_logits(logits), "")
    extremes = torch.tensor([[40.0, -40.0, 0.0], [-40.0, -40.0, 40.0]])
    assert head.draw(logits, extremes).tolist() == [0, 2]


def test_drawn_gaussians_have_mean_and_deviation(noise: torch.Generator) -> None:
    inputs = torch.tensor([[1.0, -2.0, 0.0, -1.0]])
    head = read_head(rllib.TorchDiagGaussian.from_logits(inputs), "")
    normal = torch.randn(COUNT, head.noise, generator=noise)
    drawn = head.draw(inputs.expand(COUNT, -1), normal)
    expected = torch.tensor([1.0, -2.0]) + torch.tensor([1.0, np.exp(-1.0)]) * normal
    torch.testing.assert_close(drawn, expected.to(drawn.dtype))
    assert head.best(inputs).tolist() == [[1.0, -2.0]]


def test_squashed_gaussians_stay_within_bounds_when_drawn_and_keep_rllibs_mean() -> None:
    inputs = torch.tensor([[3.0, 0.0]])
    distribution = rllib.TorchSquashedGaussian.from_logits(inputs)
    head = read_head(distribution, "")
    assert head.best(inputs).tolist() == distribution.to_deterministic().sample().tolist() == [[3.0]]
    torch.testing.assert_close(head.draw(inputs, torch.tensor([[-1.0]])), torch.tanh(torch.tensor([[2.0]])))


def test_nested_actions_take_each_its_own_part() -> None:
    children = {"b": rllib.TorchCategorical, "a": rllib.TorchDiagGaussian}
    inputs = torch.tensor([[0.5, 0.0, 1.0, 5.0, 2.0]])
    cls = rllib.TorchMultiDistribution
    distribution = cls.from_logits(inputs, child_distribution_cls_struct=children, input_lens=[2, 3])
    head = read_head(distribution, "")
    assert isinstance(head, Joint)
    assert (head.choice, head.width, head.noise) == ("mixed", 5, 4)
    assert {name: value.tolist() for name, value in head.best(inputs).items()} == {"a": [[0.5]], "b": [1]}
    assert head.alternatives() == {"a": Alternatives(), "b": Alternatives((slice(2, 5),))}


def test_an_unknown_distribution_is_refused_by_name() -> None:
    class Beta(rllib.Distribution):  # type: ignore[misc]
        """None of RLlib's own."""

    Beta.__abstractmethods__ = frozenset()
    with pytest.raises(ExportError, match="the action distribution Beta cannot be exported"):
        read_head(Beta(), "the RLModule Mine")
