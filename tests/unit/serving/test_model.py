from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sagemaker_rl_container.errors import InvalidRequestError, PolicyNotFoundError
from sagemaker_rl_container.serving.model import Question, load_model
from sagemaker_rl_container.serving.policy import Rows

ROWS = {"default_policy": Rows([np.zeros((2, 2), np.float32)])}


def test_an_empty_folder_holds_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyNotFoundError):
        load_model(tmp_path)


def test_only_the_policies_that_are_asked_answer(crowd_model: Path) -> None:
    model = load_model(crowd_model)
    answers = model.answer(Question({"bold": Rows([np.ones((1, 4), np.float32)])}))
    assert {name: decision.action[0].tolist() for name, decision in answers.items()} == {"bold": [[2.0, 3.5]]}


def test_a_seed_makes_draws_repeatable_and_without_one_they_go_on(drawing_model: Path) -> None:
    model, again = load_model(drawing_model), load_model(drawing_model)

    def draw(asked: Question) -> list[list[float]]:
        drawn: list[list[float]] = model.answer(asked)["default_policy"].action[0].tolist()
        return drawn

    seeded, free = Question(ROWS, sample=True, seed=5), Question(ROWS, sample=True)
    first = draw(free)
    assert draw(seeded) == draw(seeded) != first != draw(free)
    assert again.answer(free)["default_policy"].action[0].tolist() == first  # the manifest has a seed, too


def test_a_policy_without_sampling_draws_nothing(continuous_model: Path) -> None:
    rows = {"default_policy": Rows([np.zeros((1, 4), np.float32)])}
    with pytest.raises(InvalidRequestError, match="default_policy cannot draw") as caught:
        load_model(continuous_model).answer(Question(rows, sample=True))
    assert "sampling=True" in caught.value.do
