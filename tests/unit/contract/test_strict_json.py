from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_rl_container.contract import strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_every_json_value_is_read_as_it_was_written(value: object) -> None:
    assert strict_json.loads(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["NaN", "[1, -Infinity]", '{"a": Infinity}', "1e999", "-1e999", "[" * 100_000])
def test_what_cannot_be_written_as_json_again_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a JSON value|out of range|nested too deeply"):
        strict_json.loads(text)
