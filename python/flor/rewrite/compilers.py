"""Which functions of a file are meant for a compiler or a tracer, as far as its text tells.

Such a tool reads a function's bytecode or runs it with stand-ins for its values, and must find the user's own code.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import refusals

TOOLS = frozenset(
    "compile jit njit script script_method trace vectorize guvectorize stencil export vmap functional_call jit_method"
    " custom_op kernel autojit".split()
)
# These names are too common to be believed in a decorator; below a library's own name they are.
TRANSFORMS = frozenset(
    "grad grad_and_value value_and_grad vjp jvp jacrev jacfwd hessian functionalize linearize make_fx symbolic_trace"
    " script_if_tracing trace_module optimize explain pmap".split()
)
LIBRARIES = frozenset({"torch", "numba", "functorch", "jax", "triton", "torch_xla", "tensorflow"})


@dataclass
class Compiled:
    """The functions and classes that are handed to a tool, with the sentence that says so."""

    functions: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    lambdas: dict[ast.AST, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def reason(self, node: ast.AST) -> str | None:
        """Why this `def`, `lambda` or `class` is to be left alone, if it is."""
        if isinstance(node, ast.Lambda):
            return self.lambdas.get(node)
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        for decorator in node.decorator_list:
            name = _tool(decorator, self.aliases)
            if name is not None and _last(name) in TOOLS:
                return refusals.compiled_by_decorator(name)
        return (self.classes if isinstance(node, ast.ClassDef) else self.functions).get(node.name)


def compiled(nodes: Sequence[ast.AST]) -> Compiled:
    """Looks through all nodes of a file."""
    found = Compiled(aliases=_aliases(nodes))
    assigned = _assigned(nodes)
    for node in nodes:
        if isinstance(node, ast.Call):
            _look_at(node, assigned, found)
    return found


def _look_at(call: ast.Call, assigned: dict[str, list[ast.expr]], found: Compiled) -> None:
    name = _tool(call.func, found.aliases)
    if name is not None and call.args and name.split(".")[0] in LIBRARIES and _last(name) in TOOLS | TRANSFORMS:
        _leave_alone(call.args[0], refusals.handed_to(name, call.lineno), assigned, found)
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "compile":
        # `model.compile()` compiles in place; of things that are no model a file has no class.
        reason = refusals.handed_to(name or "compile", call.lineno)
        _leave_alone(call.func.value, reason, assigned, found, only_classes=True)


def _leave_alone(
    subject: ast.expr,
    reason: str,
    assigned: dict[str, list[ast.expr]],
    found: Compiled,
    *,
    only_classes: bool = False,
) -> None:
    """Follows names to what was assigned to them anywhere in the file: too many left alone is safe, too few is not."""
    pending, seen = [subject], set()
    while pending:
        expression = pending.pop()
        if isinstance(expression, ast.Lambda):
            found.lambdas[expression] = reason
        elif isinstance(expression, ast.Call):
            inner = expression.func
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Call):
                pending.append(inner.value)  # `Net().to(device)`
            else:
                found.classes.setdefault(_name(inner), reason)
        elif isinstance(expression, (ast.Name, ast.Attribute)) and (name := _name(expression)) not in seen:
            seen.add(name)
            if not only_classes:
                found.functions.setdefault(name, reason)
            found.classes.setdefault(name, reason)
            pending.extend(assigned.get(name, ()))


def _assigned(nodes: Sequence[ast.AST]) -> dict[str, list[ast.expr]]:
    values: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                values.setdefault(_name(target), []).append(node.value)
    return values


def _aliases(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What the file's imports call the things that they import."""
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _tool(expression: ast.expr, aliases: dict[str, str]) -> str | None:
    """What is called in the end, by dotted name, as in `njit`, `njit(cache=True)` and `partial(njit, cache=True)`."""
    while isinstance(expression, ast.Call):
        is_partial = _name(expression.func) == "partial" and bool(expression.args)
        expression = expression.args[0] if is_partial else expression.func
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return None
    return ".".join([aliases.get(expression.id, expression.id), *reversed(parts)])


def _name(expression: ast.expr) -> str:
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]
