"""`flor.arg`: a default, or what the command line says."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from typing import Any

from _flor import log_argument

_TRUE = frozenset("1 true yes on".split())
_FALSE = frozenset("0 false no off".split())


def arg(name: str, default: Any = None) -> Any:
    """The argument `name` of this run: `--name value`, `--name=value` or `--kwargs name=value` of the command line, else `default`.

    A value of the command line becomes one of the default's type; without a default it is the Python literal that it looks like,
    else a str. Raises ValueError where it is none of that type, and where there is neither value nor default.
    """
    text = _given(name, sys.argv[1:])
    if text is not None:
        value = _like(default, text, name)
    elif default is not None:
        value = default
    else:
        raise ValueError(f"flor.arg: there is no argument {name!r}\n\nhint: give it a default, or say `--{name} VALUE`")
    log_argument(name, value)
    return value


def _given(name: str, words: Sequence[str]) -> str | None:
    """What the command line says, the last time that it says it; "true" of `--name` alone."""
    found = None
    in_pairs = False
    option = "--" + name.replace("_", "-")
    for place, word in enumerate(words):
        key, equals, text = word.partition("=")
        if key.startswith("--") and key.replace("_", "-") == option:
            following = words[place + 1] if place + 1 < len(words) else "--"
            found = text if equals else "true" if _is_option(following) else following
        elif in_pairs and equals and key == name:
            found = text
        in_pairs = word == "--kwargs" or (in_pairs and not word.startswith("--"))
    return found


def _is_option(word: str) -> bool:
    """Whether a word is the next option, and not the value of the one before; a negative number is a value."""
    return word.startswith("-") and not word[1:2].isdigit() and not word.startswith("-.")


def _like(default: Any, text: str, name: str) -> Any:
    try:
        return _converted(default, text)
    except (ValueError, SyntaxError, TypeError) as error:
        kind = type(default).__name__
        raise ValueError(f"flor.arg: the argument {name!r} is no {kind}: {text!r}\n\nhint: its default is {default!r}") from error


def _converted(default: Any, text: str) -> Any:
    if default is None:
        return _literal(text)
    if isinstance(default, bool):
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError
        return text.lower() in _TRUE
    if isinstance(default, (str, int, float)):
        return type(default)(text)
    value = ast.literal_eval(text)
    return type(default)(value) if isinstance(default, (tuple, list, dict, set)) else value


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
