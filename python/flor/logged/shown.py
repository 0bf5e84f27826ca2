"""What is logged, as a line of JSON and a cell of a table have it: the same as `florpy logs` shows of it."""

from __future__ import annotations

import math
from typing import Any

from .values import Histogram, Image


def shown(value: Any) -> Any:
    """A value that JSON has; of an array its type and shape, of anything else its `repr`. Does not raise."""
    found = _known(value)
    if not isinstance(found, float) or math.isfinite(found):
        return found
    return "NaN" if math.isnan(found) else "Infinity" if found > 0 else "-Infinity"


def cell(value: Any) -> str:
    """The same as text. A str is itself."""
    found = _known(value)
    if not isinstance(found, dict):
        return str(found)
    return str(found["repr"]) if "repr" in found else f"{found['kind']} {found['dtype']}{found['shape']}"


def _known(value: Any) -> Any:
    try:
        return _told(value)
    except Exception as error:  # whatever a library raises for what it cannot tell
        return f"(could not be shown: {type(error).__name__}: {error})"


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            # Not by calling the type, which a subclass may have taught other things.
            return kind.__add__(value, kind())  # type: ignore[operator]
    if isinstance(value, Image):
        return _array("image", value.pixels)
    if isinstance(value, Histogram):
        return _array("histogram", value.counts)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array("array", value)
    return {"type": f"{type(value).__module__}.{type(value).__qualname__}", "repr": repr(value)}


def _array(kind: str, value: Any) -> Any:
    if len(value.shape) == 0:
        return _told(value.item())
    return {"kind": kind, "dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
