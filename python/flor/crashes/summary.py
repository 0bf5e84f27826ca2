"""Values in a few words, without any code of the program's: a crash is told of by a process whose state may be anything."""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MAX_TEXT = 160
MAX_NAMES = 32
_MAX_ITEMS = 8
_MAX_DEPTH = 3

_NUMBERS = (int, float, complex)
_BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("{", "}")}
# These are the program's text, and not its state.
_TEXT = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def summary_of(names: Mapping[str, Any]) -> dict[str, str]:
    """Of a frame's variables those that may tell something."""
    found: dict[str, str] = {}
    for name, value in list(names.items()):
        if len(found) == MAX_NAMES:
            break
        if isinstance(name, str) and not name.startswith("__") and not issubclass(type(value), _TEXT):
            found[printable(name)] = text_of(value)
    return found


def text_of(value: Any) -> str:
    """At most `MAX_TEXT` characters."""
    try:
        return _cut(printable(_text(value, 0)), MAX_TEXT)
    except Exception:  # a dict that a thread still writes to, say
        return f"<{name_of(type(value))}>"


def printable(text: str) -> str:
    """What UTF-8 can say."""
    return text.encode("utf-8", "backslashreplace").decode()


def _text(value: Any, depth: int) -> str:
    # By the type itself: `isinstance` would ask a property of the program's, and a subclass may have a `__repr__` of its own.
    kind = type(value)
    if value is None or kind is bool:
        return str(value)
    if kind in _NUMBERS:
        return _number(value)
    if kind is str or kind is bytes:
        return repr(value[:MAX_TEXT]) if len(value) <= MAX_TEXT else repr(value[:MAX_TEXT]) + "…"
    if kind in _BRACKETS:
        opening, closing = _BRACKETS[kind]
        return _items(opening, (_text(one, depth + 1) for one in value), len(value), closing, depth)
    if kind is dict:
        pairs = (f"{_text(key, depth + 1)}: {_text(one, depth + 1)}" for key, one in value.items())
        return _items("{", pairs, len(value), "}", depth)
    if kind is range:
        return repr(value)
    return _array(value) or f"<{name_of(kind)}>"


def _number(value: complex) -> str:
    if isinstance(value, int) and value.bit_length() > 512:  # whose digits take long to be found
        return f"<int of {value.bit_length()} bits>"
    return repr(value)


def _items(opening: str, items: Iterable[str], count: int, closing: str, depth: int) -> str:
    if depth == _MAX_DEPTH:
        return f"{opening}…{closing}" if count else opening + closing
    shown = list(islice(items, _MAX_ITEMS))
    rest = [f"… {count - len(shown)} more"] if count > len(shown) else []
    return opening + ", ".join(shown + rest) + closing


def _array(value: Any) -> str | None:
    """Of an array or a tensor of one of the libraries' own classes, which tell their shape without running any Python."""
    kind = type(value)
    if (kind.__module__, kind.__name__) == ("numpy", "ndarray"):
        return f"<numpy.ndarray {value.shape} {value.dtype}>"
    if (kind.__module__, kind.__name__) in (("torch", "Tensor"), ("torch.nn.parameter", "Parameter")):
        where = "" if value.device.type == "cpu" else f" {value.device}"
        return f"<{name_of(kind)} {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}{where}>"
    if kind.__module__ == "numpy" and math.prod(getattr(value, "shape", (0,))) == 1:
        return f"{value!r}"  # one of NumPy's numbers
    return None


def name_of(kind: type) -> str:
    """As a traceback writes it."""
    module = type.__getattribute__(kind, "__module__")
    name = type.__getattribute__(kind, "__qualname__")
    return printable(str(name) if module in ("builtins", "__main__") else f"{module}.{name}")


def message_of(error: BaseException) -> str | None:
    """What a traceback says behind the type; None where only code of the program's could tell."""
    said = type(error).__str__
    if isinstance(said, types.FunctionType) or not all(_is_plain(one) for one in error.args):
        return None
    return _cut(printable(str(error)), 10 * MAX_TEXT)


def _is_plain(value: Any) -> bool:
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
