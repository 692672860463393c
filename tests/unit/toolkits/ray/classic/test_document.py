"""docs/classic.md has the tables that the code has."""

from pathlib import Path

from sagemaker_rl_container.toolkits.ray.classic.document import written

DOCUMENT = Path(__file__).parents[5] / "docs" / "classic.md"


def test_the_document_has_the_tables_of_the_code() -> None:
    text = DOCUMENT.read_text()
    assert written(text) == text, "run python -m sagemaker_rl_container.toolkits.ray.classic.document docs/classic.md"
