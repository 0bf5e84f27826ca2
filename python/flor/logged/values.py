"""What is logged and is no plain value: `_flor.log` asks here.

Nothing raises: a training must not fail because of what it logs. What cannot be taken apart is kept as its `repr`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from _flor import log_array, log_other, log_plain

from . import pending

ARRAY, IMAGE, HISTOGRAM = range(3)


@dataclass(frozen=True)
class Image:
    """An array that is one image or several: height and width, or with channels, in front or last."""

    pixels: Any


@dataclass(frozen=True)
class Histogram:
    """`counts` between each two of `edges`."""

    edges: Any
    counts: Any


def image(pixels: Any) -> Image:
    """For `flor.log(name, flor.image(pixels))`: an array, a tensor, or an image of PIL."""
    return Image(pixels)


def histogram(values: Any, bins: int = 64) -> Histogram:
    """For `flor.log(name, flor.histogram(values))`: how the values of an array or a tensor are distributed. Needs NumPy."""
    import numpy

    plain = numpy.asarray(_on_host(values) if _is_tensor(values) else values, dtype=numpy.float64).ravel()
    counts, edges = numpy.histogram(plain[numpy.isfinite(plain)], bins=bins)
    return Histogram(edges, counts)


def put(name: str, value: Any, step: int | None, is_argument: bool) -> None:
    """Keeps what is no plain value. Called by `_flor.log`."""
    _Put(name, step, is_argument).any(value)


class _Put:
    """One value on its way, under its name."""

    def __init__(self, name: str, step: int | None, is_argument: bool) -> None:
        self.name, self.step, self.is_argument = name, step, is_argument

    def any(self, value: Any) -> None:
        try:
            self._by_type(value)
        except Exception as error:  # whatever a library raises for what it cannot copy
            self._described(value, f"(could not be kept: {type(error).__name__}: {error})")

    def _by_type(self, value: Any) -> None:
        if isinstance(value, Image):
            self._array(value.pixels, IMAGE)
        elif isinstance(value, Histogram):
            self._histogram(value)
        elif isinstance(value, (bool, int, float, str)):
            self._subclass(value)
        elif _is_tensor(value):
            self._tensor(value, ARRAY)
        elif hasattr(value, "__array__") and "numpy" in sys.modules:
            self._numpy(value, ARRAY)
        else:
            self._described(value, repr(value))

    def _plain(self, value: Any) -> None:
        """A value of exactly one of the plain types."""
        log_plain(self.name, self.step, self.is_argument, value)

    def _subclass(self, value: Any) -> None:
        if type(value) is int:  # beyond 64 bits
            self._large(value)
            return
        base: Any = next(base for base in (int, float, str) if isinstance(value, base))
        # Not by calling the type, which a subclass may have taught other things.
        self._plain(base.__add__(value, base()))

    def _large(self, value: int) -> None:
        try:
            digits = str(value)
        except ValueError:  # more digits than Python converts
            self._described(value, hex(value))
            return
        log_other(self.name, self.step, self.is_argument, None, digits)

    def _described(self, value: Any, text: str) -> None:
        kind = type(value)
        words = (f"{kind.__module__}.{kind.__qualname__}", text)
        log_other(self.name, self.step, self.is_argument, *(word.encode("utf-8", "backslashreplace").decode() for word in words))

    def _array(self, value: Any, kind: int) -> None:
        if _is_tensor(value):
            self._tensor(value, kind)
        else:
            self._numpy(value, kind)

    def _tensor(self, value: Any, kind: int) -> None:
        if value.layout is not sys.modules["torch"].strided or value.is_quantized or value.device.type == "meta":
            self._described(value, repr(value))
        elif value.ndim == 0 and value.device.type == "cpu":
            self._scalar(value.item(), value)
        elif value.ndim == 0 and pending.can_wait(value):
            pending.put(self.name, self.step, self.is_argument, value.detach())
        elif value.ndim == 0:
            self._scalar(value.item(), value)
        else:
            copy = _on_host(value)
            item_type = str(copy.dtype).removeprefix("torch.")
            self._memory(copy.data_ptr(), copy.numel() * copy.element_size(), kind, item_type, tuple(copy.shape))

    def _numpy(self, value: Any, kind: int) -> None:
        numpy = sys.modules["numpy"]
        array = numpy.asarray(value)
        if array.dtype.hasobject or array.dtype.kind not in "biufc":
            self._described(value, repr(value))
        elif array.ndim == 0:
            self._scalar(array.item(), value)
        else:
            plain = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            self._memory(plain.ctypes.data, plain.nbytes, kind, plain.dtype.name, plain.shape)
            del plain  # not before its memory was copied

    def _scalar(self, value: Any, origin: Any) -> None:
        if isinstance(value, (bool, int, float)):
            self._plain(value)
        else:
            self._described(origin, repr(value))

    def _histogram(self, value: Histogram) -> None:
        import numpy

        edges = numpy.asarray(value.edges, dtype=numpy.float64).ravel()
        rows = numpy.zeros((2, len(edges)))
        rows[0] = edges
        rows[1, :-1] = numpy.asarray(value.counts, dtype=numpy.float64).ravel()
        self._memory(rows.ctypes.data, rows.nbytes, HISTOGRAM, "float64", rows.shape)

    def _memory(self, address: int, byte_count: int, kind: int, item_type: str, dimensions: tuple[int, ...]) -> None:
        log_array(self.name, self.step, self.is_argument, kind, item_type, dimensions, address, byte_count)


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _on_host(value: Any) -> Any:
    """The tensor's values in the host's memory, in order."""
    plain = value.detach().resolve_conj().resolve_neg()
    return plain.cpu().contiguous()
