"""Why a loop or a function is left as the user wrote it: one sentence for each reason, the loop or function being its subject."""

from __future__ import annotations

YIELDS = "a generator stops inside it (`yield`): it is followed, never skipped"
GOES_ON = "it may go on after a `return` in it: what runs then may take the `return` back"
ASYNC = "it is in an `async` function"
CLASS_BODY = "it is in the body of a class"
FORWARD = "it is in a method called `forward`, which others may trace or compile"
TOO_DEEP = "the blocks around and inside it are nested too deeply for one more (Python allows 20)"
PLACEHOLDER = "the file holds a text that begins with florpy's own placeholder prefix"
TREE_TOO_DEEP = "the file holds an expression too deeply nested to be rewritten"

GENERATOR = "it is a generator: what it does is spread over the loops that ask it"
SPECIAL_METHOD = "Python calls it in the middle of operations of its own"
EMPTY = "it does nothing"
LAMBDA = "a lambda has no statement that could mark its execution"


def compiled_by_decorator(tool: str) -> str:
    return f"its function is decorated with `{tool}`, which compiles or traces it"


def handed_to(tool: str, line: int) -> str:
    return f"its function or class is handed to `{tool}` on line {line}, which compiles or traces it"
