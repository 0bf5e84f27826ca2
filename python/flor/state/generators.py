"""Generators that have not run yet: a function and what it was called with."""

from __future__ import annotations

import inspect
import types
from typing import Any

from .by_name import found_by_name


def generator_begun(value: types.GeneratorType[Any, Any, Any]) -> tuple[Any, ...] | None:
    """What `generator_of` makes another one of; None where its function cannot be found by its name."""
    frame, code = value.gi_frame, value.gi_code
    assert frame is not None
    function = found_by_name(frame.f_globals.get("__name__"), value.__qualname__)
    if not isinstance(function, types.FunctionType) or function.__code__ is not code:
        return None
    held = frame.f_locals
    names = _parameters(code)
    return (function, *(held[name] for name in names)) if all(name in held for name in names) else None


def generator_of(function: types.FunctionType, *held: Any) -> Any:
    """A call of the function with which its parameters hold this."""
    code = function.__code__
    by_name = dict(zip(_parameters(code), held))
    ordered = list(by_name)
    count, named = code.co_argcount, code.co_kwonlyargcount
    rest = ordered[count + named :]
    more = by_name[rest.pop(0)] if code.co_flags & inspect.CO_VARARGS else ()
    others = by_name[rest.pop(0)] if code.co_flags & inspect.CO_VARKEYWORDS else {}
    positional = [by_name[name] for name in ordered[:count]]
    return function(*positional, *more, **{name: by_name[name] for name in ordered[count : count + named]}, **others)


def _parameters(code: types.CodeType) -> tuple[str, ...]:
    """In the order of its variables: positional ones, those by name only, `*rest`, `**others`."""
    more = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + more]
