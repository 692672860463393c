from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.toolkits.ray.export.cases import CASES, Case
from tests.unit.toolkits.ray.export.families import OBSERVATIONS, documented, examine, record, row

pytestmark = [
    # RLlib registers every environment class under one name, and says so when there is a second one.
    pytest.mark.filterwarnings("ignore:.*Overriding environment rllib-.*:UserWarning"),
    # ray.data reads its own deprecated settings when a remote learner starts.
    pytest.mark.filterwarnings("ignore:`use_\\w+` is deprecated:DeprecationWarning"),
]


@pytest.mark.usefixtures("_ray")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_served_action_is_what_rllib_sends_to_the_environment(case: Case, tmp_path: Path) -> None:
    episodes = record(tmp_path / "episodes", case.action) if case.offline else None
    found = examine(case, tmp_path / "model", episodes)
    print(f"{case.name}: {found.observations} observations, largest difference {found.difference:g}")  # noqa: T201
    assert found.observations >= OBSERVATIONS
    assert found.difference < 1e-5
    assert row(case, found) in documented()


def test_the_document_has_no_other_families() -> None:
    names = [line.split(" | ")[0].removeprefix("| ") for line in documented()]
    assert names == [case.name for case in CASES]
