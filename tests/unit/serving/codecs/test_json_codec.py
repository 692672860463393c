from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies.spaces import Box, Discrete, Leaf, MultiDiscrete
from sagemaker_rl_container.serving.codecs.json import JsonCodec

FLOATS = JsonCodec(Box((2,), "float32"))
IMAGES = JsonCodec(Box((1, 2), "uint8"))
NUMBERS = JsonCodec(Discrete(3))
CODECS = {
    "floats": FLOATS,
    "images": IMAGES,
    "numbers": NUMBERS,
    "pairs": JsonCodec(MultiDiscrete((2, 3), (0, 1))),
}


@pytest.mark.parametrize(
    "body", [b'{"instances": [[1, 2.5], [0, -1]]}', b"[[1, 2.5], [0, -1]]", b" [[1,2.5],[0,-1]]\n"]
)
def test_instances_and_a_bare_list_are_read(body: bytes) -> None:
    observations = FLOATS.decode(body)
    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, [[1, 2.5], [0, -1]])


def test_images_and_discrete_observations_are_read_in_their_own_type() -> None:
    images, numbers = IMAGES.decode(b"[[[0, 255]]]"), NUMBERS.decode(b"[0, 2]")
    assert (str(images.dtype), images.shape) == ("uint8", (1, 1, 2))
    assert (str(numbers.dtype), numbers.tolist()) == ("int64", [0, 2])


@pytest.mark.parametrize(
    ("codec", "body", "what", "where"),
    [
        (FLOATS, b"[[1, 2], [3]]", r"instance 1, of shape \(1,\)", "$[1]"),
        (FLOATS, b'{"instances": [[1, 2], [1, 2, 3]]}', r"instance 1, of shape \(3,\)", "$.instances[1]"),
        (FLOATS, b'{"instances": [1, 2]}', "instance 0, of type int", "$.instances[0]"),
        (FLOATS, b"[[[1, 2]]]", r"instance 0, of shape \(1, 2\)", "$[0][0]"),
        (FLOATS, b"[[1, [2]]]", "instance 0, a ragged array", "$[0][1]"),
        (FLOATS, b"[[[1], [2, 3]]]", "instance 0, a ragged array", "$[0][0]"),
        (FLOATS, b'[[1, "2"]]', "Expected `float`, got `str`", "$[0][1]"),
        (FLOATS, b"[[1, null]]", "got `null`", "$[0][1]"),
        (FLOATS, b"[[1, true]]", "got `bool`", "$[0][1]"),
        (FLOATS, b"[[1, 1e39]]", "Expected `float` <= 3.4", "$[0][1]"),
        (FLOATS, b"[[1, 1e999]]", "instance 0.*out of range", "$[0][1]"),
        (FLOATS, b'[["x", 1', "instance 0, with malformed JSON after it", "$[0][0]"),
        (FLOATS, b"[]", "no instances", ""),
        (FLOATS, b'{"instances": []}', "no instances", ""),
        (FLOATS, b"{}", "missing required field `instances`", "$"),
        (FLOATS, b'{"instances": [[1, 2]], "x": 1}', "unknown field `x`", "$"),
        (FLOATS, b"3", "got `int`", "$"),
        (IMAGES, b"[[[0, 256]]]", "<= 255", "$[0][0][1]"),
        (IMAGES, b"[[[0, 0.5]]]", "got `float`", "$[0][0][1]"),
        (NUMBERS, b"[0, 3]", "instance 1, of type int.*<= 2", "$[1]"),
    ],
)
def test_a_wrong_instance_is_named_with_its_shape(codec: JsonCodec, body: bytes, what: str, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=what) as caught:
        codec.decode(body)
    assert caught.value.where == where
    assert (caught.value.status, caught.value.what.count("\n")) == (400, 0)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[[1, NaN]]", b"[[1, Infinity]]", b"[[1,2]] x", b"[[1,2]", b"'"])
def test_what_is_not_json_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="not JSON"):
        FLOATS.decode(body)


def test_predictions_are_numbers_or_lists() -> None:
    assert json.loads(FLOATS.encode(np.array([1, 0]))) == {"predictions": [1, 0]}
    assert json.loads(FLOATS.encode(np.array([[0.5], [-1.0]], np.float32))) == {"predictions": [[0.5], [-1.0]]}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["instances", "x"]), inner),
    max_leaves=20,
)
PLAUSIBLE = st.lists(st.lists(st.floats() | st.integers(-2, 300), min_size=1, max_size=3), max_size=3)


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(CODECS)),
    value=JSON_VALUES | PLAUSIBLE | st.fixed_dictionaries({"instances": JSON_VALUES | PLAUSIBLE}),
    cut=st.none() | st.integers(0, 60),
)
def test_any_json_is_read_or_refused(name: str, value: Any, cut: int | None) -> None:
    read_or_refuse(CODECS[name], json.dumps(value).encode()[:cut])


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(CODECS)), body=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(name: str, body: bytes) -> None:
    read_or_refuse(CODECS[name], body)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"instances":' * 50_000, b"[[" + b"9" * 100_000 + b",1]]"])
@pytest.mark.parametrize("name", sorted(CODECS))
def test_deep_nesting_and_long_numbers_are_refused(name: str, body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        CODECS[name].decode(body)


def read_or_refuse(codec: JsonCodec, body: bytes) -> None:
    try:
        observations = codec.decode(body)
    except InvalidRequestError as error:
        refusal = error
    else:
        space: Leaf = codec.space
        assert observations.shape[1:] == space.shape
        assert len(observations) > 0
        assert np.isfinite(observations).all()
        return
    assert refusal.status == 400
