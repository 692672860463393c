"""Which framework a script gets."""

import pytest

from sagemaker_rl_container.errors import ClassicScriptError
from sagemaker_rl_container.toolkits.ray.classic.frameworks import choose


def test_a_script_that_says_nothing_gets_what_the_image_has() -> None:
    assert choose(None, {"torch"}).framework == "torch"
    assert choose(None, {"tensorflow"}).framework == "tensorflow"


def test_tensorflow_on_a_torch_image_is_pytorch_and_told() -> None:
    choice = choose("tensorflow", {"torch"})
    assert choice.framework == "torch"
    assert "this image has PyTorch" in choice.note


def test_pytorch_on_a_tensorflow_image_names_the_image_to_take() -> None:
    with pytest.raises(ClassicScriptError, match="asks for PyTorch") as caught:
        choose("torch", {"tensorflow"})
    assert "ray-torch-cpu" in caught.value.do


def test_without_either_the_images_are_named() -> None:
    with pytest.raises(ClassicScriptError, match="neither"):
        choose(None, set())
