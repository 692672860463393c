"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from sagemaker_rl_container import errors
from sagemaker_rl_container.errors import RLContainerError
from sagemaker_rl_container.images.catalog import load_catalog
from sagemaker_rl_container.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def table(document: str) -> list[list[str]]:
    """The cells of the document's first table, without its heading."""
    lines = (ROOT / "docs" / document).read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def documented_default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is None:
        return "unset"
    if field.default == "":
        return "empty"
    return f"`{field.default:g}`" if isinstance(field.default, float) else f"`{field.default}`"


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    documented = {cells[0].strip("`"): cells[1] for cells in table("settings.md")}
    actual = {PREFIX + field.name.upper(): documented_default(field) for field in msgspec.structs.fields(Settings)}
    assert documented == actual


def test_every_error_is_documented_with_its_exit_code_and_no_other() -> None:
    documented = {cells[1].strip("`"): int(cells[0]) for cells in table("errors.md")}
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, RLContainerError)]
    assert documented == {each.__name__: each.exit_code for each in classes}


def test_every_image_is_documented_and_no_other() -> None:
    documented = [[cell.strip("`") for cell in cells] for cells in table("images.md")]
    actual = [[image.name, image.reference, image.title] for image in load_catalog().images]
    assert documented[: len(actual)] == actual
    assert not any(cells[1].startswith("sagemaker-rl") for cells in documented[len(actual) :])


def test_exit_codes_tell_the_errors_apart() -> None:
    codes = [cells[0] for cells in table("errors.md")]
    assert codes == sorted(set(codes), key=int)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_s_script_is_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        compile(block, "README.md", "exec")
    assert len(blocks[0].strip().splitlines()) <= 15


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"SAGEMAKER_RL_[A-Z_]*[A-Z]", "\n".join(d.read_text() for d in DOCUMENTS))))
)
def test_settings_named_anywhere_exist(name: str) -> None:
    assert name.removeprefix(PREFIX).lower() in Settings.__struct_fields__
