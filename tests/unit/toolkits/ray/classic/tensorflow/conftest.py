import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is in the images ray-tensorflow-* only")
