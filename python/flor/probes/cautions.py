"""Calls in a probe that by their name change what the program goes on with: reported, not refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flor.probes.model import Caution
from flor.probes.source import Source

_TRAINING = {
    "backward": "adds to the gradients",
    "step": "advances an optimizer, a scheduler or an environment",
    "zero_grad": "clears the gradients",
    "load_state_dict": "replaces state of the program",
}
_RANDOM = """
    seed manual_seed manual_seed_all set_rng_state set_state rand randn randint randperm rand_like randn_like
    random uniform normal choice choices sample shuffle permutation standard_normal multinomial bernoulli dropout
    getrandbits
"""
_CONTAINERS = """
    append appendleft extend insert remove pop popleft popitem clear update setdefault add discard sort reverse
    put write writelines fill_diagonal resize set_default_dtype
"""
_RANDOM_METHODS = frozenset(_RANDOM.split())
_CONTAINER_METHODS = frozenset(_CONTAINERS.split())
_MODULES_IN_PLACE = frozenset({"train", "eval", "requires_grad_"})
_BARE = {
    "next": "advances an iterator",
    "setattr": "writes into an object",
    "delattr": "writes into an object",
    "input": "reads standard input, of which the program then finds less",
    "exit": "ends the program",
    "quit": "ends the program",
    "exec": "may do anything",
    "eval": "may do anything",
}


def cautions(node: ast.AST, program_names: frozenset[str], source: Source) -> Iterator[Caution]:
    """Cautions for one probe; `program_names` are those that the recorded program gives a meaning there."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            reason = _reason(call, program_names)
            if reason:
                yield Caution(call.lineno, source.text(call), reason)


def _reason(call: ast.Call, program_names: frozenset[str]) -> str | None:
    if isinstance(call.func, ast.Name):
        return _BARE.get(call.func.id)
    if not isinstance(call.func, ast.Attribute):
        return None
    name, base = call.func.attr, _base_name(call.func)
    if name in _TRAINING:
        return _TRAINING[name]
    if name in _RANDOM_METHODS:
        return "moves a random state that the program draws from"
    if base not in program_names:
        return None
    if name in _MODULES_IN_PLACE:
        return f"changes `{base}` for the rest of the program"
    if name in _CONTAINER_METHODS or _is_in_place(name):
        return f"changes `{base}`, which belongs to the program"
    return None


def _is_in_place(name: str) -> bool:
    """PyTorch ends the names of methods that write into their tensor in an underscore."""
    return name.endswith("_") and not name.endswith("__") and not name.startswith("_")


def _base_name(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
