"""Puts live objects where an unlinked rewrite has placeholders, and finds the user's own code of a rewritten one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType

from .placeholders import PREFIX
from .silence import compile_silently


def link(code: CodeType, bindings: Callable[[str], object]) -> CodeType:
    """The code with every placeholder replaced by what `bindings` returns for the text after the prefix.

    The objects must be hashable: a code object is hashed with its constants.
    """

    def linked(constant: object) -> object:
        if isinstance(constant, CodeType):
            return link(constant, bindings)
        if isinstance(constant, str) and constant.startswith(PREFIX):
            return bindings(constant[len(PREFIX) :])
        return constant

    constants = tuple(linked(constant) for constant in code.co_consts)
    return code.replace(co_consts=constants)


def original_code(code: CodeType, source: bytes) -> CodeType | None:
    """The code that python itself makes of the function that `code` is a rewrite of.

    None where the text leaves two candidates, as two lambdas on one line may; never a guess.
    """
    found = _plain_codes(source, code.co_filename).get(_identity(code), [])
    if len(found) > 1:
        found = [own for own in found if _places(own) <= _places(code)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=16)
def _plain_codes(source: bytes, filename: str) -> dict[tuple[object, ...], list[CodeType]]:
    plain: dict[tuple[object, ...], list[CodeType]] = {}
    for code in _nested(compile_silently(source, filename)):
        plain.setdefault(_identity(code), []).append(code)
    return plain


def _nested(code: CodeType) -> Iterator[CodeType]:
    pending = [code]
    while pending:
        code = pending.pop()
        yield code
        pending.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))


def _identity(code: CodeType) -> tuple[object, ...]:
    """What a rewrite leaves as it was."""
    return (
        getattr(code, "co_qualname", code.co_name),
        code.co_firstlineno,
        code.co_flags,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        (code.co_varnames, code.co_cellvars, code.co_freevars, code.co_names),
    )


def _places(code: CodeType) -> set[tuple[int | None, int | None]]:
    """The lines and columns that a code object speaks of; none before Python 3.11."""
    positions = getattr(code, "co_positions", tuple)
    return {(line, column) for line, _, column, _ in positions()}
