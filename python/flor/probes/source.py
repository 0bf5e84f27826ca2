"""A piece of a file as one line, for messages."""

from __future__ import annotations

import ast
import copy

from flor.probes.shape import BLOCKS, blocks

_LONGEST = 160


class Source:
    """Quotes nodes in the words of their file, or in Python's own where the text is not at hand."""

    def __init__(self, text: str | None) -> None:
        # As the parser counts lines: a form feed or the like ends none.
        self._lines = None if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def text(self, node: ast.AST) -> str:
        """The node in one line; a compound statement without its blocks."""
        if self._lines is None or not isinstance(node, (ast.stmt, ast.expr)):
            return header_text(node)
        end_line, end_column = _end_of_header(node)
        lines = [line.encode() for line in self._lines[node.lineno - 1 : end_line]]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][node.col_offset :]
        return _one_line(b" ".join(lines).decode(errors="replace"))


def header_text(node: ast.AST) -> str:
    """The node as Python spells it, decorators first; a compound statement without its blocks."""
    if isinstance(node, ast.stmt) and any(blocks(node)):
        node = copy.copy(node)
        for name in BLOCKS.intersection(node._fields):
            setattr(node, name, [])
    return _one_line(ast.unparse(node))


def _end_of_header(node: ast.stmt | ast.expr) -> tuple[int, int | None]:
    """Line and column (None: the end of the line) before which the blocks of a statement have not begun."""
    first = next((block[0] for block in blocks(node) if block), None) if isinstance(node, ast.stmt) else None
    if first is None:
        return node.end_lineno or node.lineno, node.end_col_offset
    decorators = getattr(first, "decorator_list", [])
    if min([first.lineno, *(decorator.lineno for decorator in decorators)]) == node.lineno:
        return node.lineno, first.col_offset
    # Comments may stand between a header and its block: only of its first line it is sure that it is the header's.
    return node.lineno, None


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
