"""Compiles without a warning: what python has to say about the user's text, it says when it compiles the original."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType


def parse_silently(source: bytes, filename: str) -> ast.Module:
    with _silence(filename):
        return ast.parse(source, filename)


def compile_silently(source: bytes | ast.Module, filename: str) -> CodeType:
    with _silence(filename):
        code = compile(source, filename, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code


@contextmanager
def _silence(filename: str) -> Iterator[None]:
    """Not `catch_warnings`: that makes python forget which warnings it has shown, and it would show them once more."""
    module = filename[:-3] if filename.endswith(".py") else filename
    entry = ("ignore", None, Warning, re.compile(re.escape(module) + r"\Z"), 0)
    filters = warnings.filters
    assert isinstance(filters, list)
    filters.insert(0, entry)
    try:
        yield
    finally:
        filters.remove(entry)
