from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_rl_container.errors import InvalidRequestError
from sagemaker_rl_container.policies.leaves import leaves
from sagemaker_rl_container.policies.manifest import Action, ExportedPolicy, Manifest, Parity, State, Tensor
from sagemaker_rl_container.policies.observations import validate
from sagemaker_rl_container.policies.spaces import Array, Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple
from sagemaker_rl_container.serving.codecs.json import Decoded, JsonCodec
from sagemaker_rl_container.serving.policy import Decision

PAIR = Box((2,), "float32")
NESTED = Dict({"camera": Box((1,), "uint8"), "body": Tuple((Discrete(3, 1), MultiBinary((2,))))})
HIDDEN = State(input="state_in.h", output="state_out.h", dtype="float32", shape=(2,), initial=(0.5, 0.0))


def exported(observation: Space, action: Space = PAIR, state: tuple[State, ...] = ()) -> ExportedPolicy:
    return ExportedPolicy(
        file="policy.onnx",
        sha256="",
        format="onnx",
        observation_space=observation,
        action_space=action,
        inputs=tuple(
            Tensor(name=name, dtype=space.dtype, shape=space.shape)
            for name, space in leaves(observation, "observation")
        ),
        outputs=(),
        action=Action(distribution="none", choice="mean", bounds="none"),
        parity=Parity(observations=0, source="given", max_difference=0.0, max_logits_difference=0.0, tolerance=1e-4),
        state=state,
    )


def codec_for(agents: dict[str, str] | None = None, **policies: ExportedPolicy) -> JsonCodec:
    return JsonCodec(
        Manifest(toolkit="none", algorithm="none", versions={}, policies=dict(policies), agents=agents or {})
    )


FLOATS = codec_for(default_policy=exported(PAIR))
IMAGES = codec_for(default_policy=exported(Box((1, 2), "uint8")))
NUMBERS = codec_for(default_policy=exported(Discrete(3)))
PARTS = codec_for(default_policy=exported(NESTED, NESTED))
LSTM = codec_for(default_policy=exported(PAIR, state=(HIDDEN,)))
CROWD = codec_for({"left": "blind", "right": "blind"}, blind=exported(Discrete(3)))
TEAM = codec_for(
    {"left": "blind", "right": "blind", "judge": "wise"},
    blind=exported(Discrete(3)),
    wise=exported(PAIR, state=(HIDDEN,)),
)
CODECS = {
    "floats": FLOATS,
    "images": IMAGES,
    "numbers": NUMBERS,
    "pairs": codec_for(default_policy=exported(MultiDiscrete((2, 3), (0, 1)))),
    "parts": PARTS,
    "lstm": LSTM,
    "crowd": CROWD,
    "team": TEAM,
}


def observation(decoded: Decoded, policy: str = "default_policy") -> Array:
    (array,) = decoded.question.rows[policy].observation
    return array


@pytest.mark.parametrize(
    "body", [b'{"instances": [[1, 2.5], [0, -1]]}', b"[[1, 2.5], [0, -1]]", b" [[1,2.5],[0,-1]]\n"]
)
def test_instances_and_a_bare_list_are_read(body: bytes) -> None:
    observations = observation(FLOATS.decode(body))
    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, [[1, 2.5], [0, -1]])


def test_images_and_discrete_observations_are_read_in_their_own_type() -> None:
    images, numbers = observation(IMAGES.decode(b"[[[0, 255]]]")), observation(NUMBERS.decode(b"[0, 2]"))
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


def predictions(codec: JsonCodec, body: bytes, **found: Decision) -> Any:
    return json.loads(codec.encode(codec.decode(body), found))["predictions"]


def test_predictions_are_numbers_or_lists() -> None:
    assert predictions(FLOATS, b"[[0,0],[1,1]]", default_policy=Decision([np.array([1, 0])])) == [1, 0]
    floats = np.array([[0.5], [-1.0]], np.float32)
    assert predictions(FLOATS, b"[[0,0],[1,1]]", default_policy=Decision([floats])) == [[0.5], [-1.0]]


def test_nested_observations_and_actions_have_the_form_of_their_space() -> None:
    body = b'[{"body": [3, [0, 1]], "camera": [7]}, {"camera": [8], "body": [1, [1, 1]]}]'
    asked = PARTS.decode(body).question.rows["default_policy"]
    assert [array.tolist() for array in asked.observation] == [[[7], [8]], [3, 1], [[0, 1], [1, 1]]]
    assert predictions(PARTS, body, default_policy=Decision(asked.observation)) == json.loads(body)


def test_a_state_comes_with_the_observation_or_is_the_initial_one() -> None:
    body = b'[{"observation": [1, 2], "state": {"h": [3, 4]}}, {"observation": [5, 6]}]'
    asked = LSTM.decode(body).question.rows["default_policy"]
    assert asked.state[0].tolist() == [[3, 4], [0.5, 0]]
    decision = Decision([np.array([7, 8])], [np.array([[1.5, 2], [3, 4]], np.float32)])
    assert predictions(LSTM, body, default_policy=decision) == [
        {"action": 7, "state": {"h": [1.5, 2]}},
        {"action": 8, "state": {"h": [3, 4]}},
    ]


def test_agents_are_asked_by_policy_and_answered_by_instance() -> None:
    body = b'[{"left": 1, "right": 2}, {}, {"right": 0}]'
    decoded = CROWD.decode(body)
    assert observation(decoded, "blind").tolist() == [1, 2, 0]
    decision = Decision([np.array([10, 20, 30])])
    assert predictions(CROWD, body, blind=decision) == [{"left": 10, "right": 20}, {}, {"right": 30}]


def test_agents_of_which_one_remembers() -> None:
    body = b'[{"observation": {"left": 1, "judge": [1, 2]}, "state": {"judge": {"h": [3, 4]}}}, {"observation": {}}]'
    asked = TEAM.decode(body).question.rows
    assert {name: [array.tolist() for array in rows.state] for name, rows in asked.items()} == {
        "blind": [],
        "wise": [[[3, 4]]],
    }
    found = {"blind": Decision([np.array([1])]), "wise": Decision([np.array([2])], [np.array([[5.0, 6.0]])])}
    assert predictions(TEAM, body, **found) == [
        {"action": {"left": 1, "judge": 2}, "state": {"judge": {"h": [5, 6]}}},
        {"action": {}, "state": {}},
    ]


def test_a_sample_is_asked_for_beside_the_instances() -> None:
    assert FLOATS.decode(b'{"instances": [[1, 2]]}').question[1:] == (False, None)
    assert FLOATS.decode(b'{"instances": [[1, 2]], "sample": true, "seed": 7}').question[1:] == (True, 7)
    with pytest.raises(InvalidRequestError, match="a seed, but asks for no sample"):
        FLOATS.decode(b'{"instances": [[1, 2]], "seed": 7}')


@pytest.mark.parametrize(
    ("codec", "body", "what", "where"),
    [
        (PARTS, b'[{"camera": [1]}]', "an object with the keys .'camera'.*missing required field `body`", "$[0]"),
        (
            PARTS,
            b'[{"camera": [1], "body": [1, [0, 1]], "boddy": 1}]',
            "unknown field `boddy`; did you mean 'body'",
            "$[0]",
        ),
        (PARTS, b'[{"camera": [1], "body": [1, [0, 2]]}]', "<= 1", "$[0].body[1][1]"),
        (PARTS, b'[{"camera": [1], "body": [0, [0, 1]]}]', ">= 1", "$[0].body[0]"),
        (LSTM, b"[[1, 2]]", r"Expected `object`, got `array`", "$[0]"),
        (LSTM, b'[{"observation": [1, 2], "state": {}}]', "missing required field `h`", "$[0].state"),
        (LSTM, b'[{"observation": [1, 2], "state": {"h": [1]}}]', "of length >= 2", "$[0].state.h"),
        (LSTM, b'[{"observation": [1, 2], "state": {"h": [1, 2], "g": 1}}]', "unknown field `g`", "$[0].state"),
        (LSTM, b'[{"observation": [1, 2], "state": null}]', "got `null`", "$[0].state"),
        (CROWD, b'[{"left": 1}, {"rihgt": 2}]', "instance 1.*unknown field `rihgt`; did you mean 'right'", "$[1]"),
        (CROWD, b'[{"left": null}]', "got `null`", "$[0].left"),
        (TEAM, b'[{"left": 1}]', "unknown field `left`|missing required field `observation`", "$[0]"),
        (TEAM, b'[{"observation": {}, "state": {"left": {}}}]', "unknown field `left`", "$[0].state"),
        (FLOATS, b'{"instances": [[1, 2]], "sampel": true}', "unknown field `sampel`; did you mean 'sample'", "$"),
        (FLOATS, b'{"instances": [[1, 2]], "sample": true, "seed": -1}', ">= 0", "$.seed"),
    ],
)
def test_a_wrong_part_is_named(codec: JsonCodec, body: bytes, what: str, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=what) as caught:
        codec.decode(body)
    assert (caught.value.status, caught.value.where) == (400, where)


KEYS = ["instances", "x", "observation", "state", "h", "left", "judge", "camera", "body", "sample", "seed"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner),
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
        decoded = codec.decode(body)
    except InvalidRequestError as error:
        refusal = error
    else:
        _check(codec, decoded)
        return
    assert refusal.status == 400


def _check(codec: JsonCodec, decoded: Decoded) -> None:
    assert decoded.size > 0
    for name, rows in decoded.question.rows.items():
        exported = codec.manifest.policies[name]
        for (_, space), array in zip(leaves(exported.observation_space, ""), rows.observation, strict=True):
            validate(space, array)
        assert all(np.isfinite(array).all() for array in rows.state)
