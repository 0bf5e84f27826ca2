"""NumPy's and PyTorch's values, in this interpreter."""

from __future__ import annotations

import struct

import pytest

from .conftest import PlainPython
from .log_files import Blob


def test_arrays_of_numpy(plain_python: PlainPython) -> None:
    pytest.importorskip("numpy")
    plain_python.run(
        """
        import flor, numpy as np

        array = np.arange(6, dtype=">i2").reshape(2, 3).T
        flor.log("array", array)
        array[:] = 0  # it was copied
        flor.log("scalars", np.float32(0.5))
        flor.log("scalars", np.int64(-3))
        flor.log("scalars", np.bool_(True))
        flor.log("scalars", np.array(2.5))
        flor.log("objects", np.array([{}], dtype=object))
        flor.log("large", np.full(3 << 20, 7.0))
        flor.log("image", flor.image(np.zeros((2, 2, 3), np.uint8)))
        flor.log("histogram", flor.histogram(np.array([0.0, 1.0, 1.0, np.nan]), bins=2))
        flor.log("same", np.zeros(10)); flor.log("same", np.zeros(10))
        """
    )
    found: dict[str, list[object]] = {}
    for one in plain_python.logged():
        found.setdefault(one.name, []).append(one.value)
    assert found["array"] == [Blob(0, "int16", (3, 2), struct.pack("<6h", 0, 3, 1, 4, 2, 5))]
    assert found["scalars"] == [0.5, -3, True, 2.5]
    assert found["objects"] == [("numpy.ndarray", "array([{}], dtype=object)")]
    assert found["large"] == [Blob(0, "float64", (3 << 20,), struct.pack("<d", 7.0) * (3 << 20))]
    assert found["image"] == [Blob(1, "uint8", (2, 2, 3), bytes(12))]
    assert found["histogram"] == [Blob(2, "float64", (2, 3), struct.pack("<6d", 0, 0.5, 1, 1, 2, 0))]
    assert len(list((plain_python.runs[0] / "blobs").iterdir())) == 5


def test_tensors_of_torch(plain_python: PlainPython) -> None:
    pytest.importorskip("torch")
    plain_python.run(
        """
        import flor, torch

        weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        flor.log("weight", weight.T)
        flor.log("half", torch.ones(2, dtype=torch.bfloat16))
        flor.log("loss", (weight * 2).sum())
        flor.log("count", torch.tensor(7))
        flor.log("sparse", torch.eye(2).to_sparse())
        """
    )
    found = {one.name: one.value for one in plain_python.logged()}
    assert found["weight"] == Blob(0, "float32", (2, 2), struct.pack("<4f", 1, 3, 2, 4))
    assert found["half"] == Blob(0, "bfloat16", (2,), b"\x80\x3f" * 2)
    assert (found["loss"], found["count"]) == (20.0, 7)
    assert found["sparse"][0] == "torch.Tensor"
