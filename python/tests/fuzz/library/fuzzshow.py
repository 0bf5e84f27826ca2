"""What random programs call and what is no project code of theirs: showing any object in full, and taking time."""

import collections
import functools
import io
import os
import random
import sys
import time
import types
import weakref

PLAIN = (int, float, str, bool, bytes, type(None), complex)
PAUSE_SECONDS = float(os.environ.get("FLOR_FUZZ_PAUSE", "0"))


def pause():
    """Makes a loop long enough for a checkpoint."""
    if PAUSE_SECONDS:
        time.sleep(PAUSE_SECONDS)


def show(*values):
    """Everything that can be reached, numbers in full precision; an object seen before by its number."""
    seen = {}
    return " ".join([_shown(value, seen) for value in values])


def _shown(value, seen):
    if isinstance(value, PLAIN) and type(value) in PLAIN:
        return repr(value)
    if id(value) in seen:
        return f"#{seen[id(value)][0]}"
    seen[id(value)] = (len(seen), value)
    return f"{type(value).__name__}{_content(value, seen)}"


def _content(value, seen):
    several = [shower for kinds, shower in _SHOWERS if isinstance(value, kinds)]
    several += [shower for name, shower in _NUMERIC.items() if any(one.__name__ == name for one in type(value).__mro__)]
    attributes = dict(_attributes(value)) if not several or type(value).__module__ == "__main__" else {}
    if _is_of_program(value):
        attributes = dict(_attributes(value))
    return "".join([shower(value, seen) for shower in several[:1]]) + (_items(attributes, seen) if attributes else "")


def _is_of_program(value):
    return type(value).__module__ in ("__main__", "simulated_program") or type(value).__module__.startswith("program_")


def _attributes(value):
    if isinstance(value, types.ModuleType | type) or type(value).__module__ == "builtins":
        return
    for base in type(value).__mro__:
        for name in getattr(base, "__slots__", ()):
            if hasattr(value, name) and not name.startswith("__"):
                yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


def _list(value, seen):
    return "[" + ", ".join([_shown(one, seen) for one in value]) + "]"


def _items(value, seen):
    return "{" + ", ".join([f"{_shown(k, seen)}: {_shown(v, seen)}" for k, v in list(value.items())]) + "}"


def _set(value, seen):
    return "{" + ", ".join(sorted([_shown(one, {}) for one in value])) + "}"


def _function(value, seen):
    # In a function that may have a probe, there may be a cell more.
    cells = [] if value.__name__[:1] == "f" else [_cell(cell) for cell in value.__closure__ or ()]
    parts = [cells, value.__defaults__, value.__dict__]
    return f" {value.__qualname__} {_list(parts, seen)}"


def _cell(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _class(value, seen):
    return f" {value.__name__}"


def _tensor(value, seen):
    grad = value.grad if value.is_leaf else None
    content = value.detach().cpu()
    content = content.to_dense() if content.is_sparse else content
    return f"({content.tolist()} {value.dtype} {value.requires_grad} {_shown(grad, seen)})"


def _module(value, seen):
    parts = {name: one for name, one in [*value.named_parameters(), *value.named_buffers()]}
    modes = [one.training for one in value.modules()]
    return f"{modes}{_items(parts, seen)}"


def _state_dict(value, seen):
    return _items(value.state_dict(), seen)


_SHOWERS = [
    (collections.deque, lambda value, seen: f"{value.maxlen}{_list(value, seen)}"),
    ((list, tuple), _list),
    (dict, _items),
    ((set, frozenset), _set),
    (bytearray, lambda value, seen: repr(bytes(value))),
    (types.FunctionType, _function),
    (types.MethodType, lambda value, seen: f" {value.__name__} {_shown(value.__self__, seen)}"),
    (functools.partial, lambda value, seen: _list([value.func, value.args, value.keywords], seen)),
    (type, _class),
    (BaseException, lambda value, seen: _list([*value.args, value.__context__, value.__cause__], seen)),
    (random.Random, lambda value, seen: f" {sum(value.getstate()[1])}"),
    (weakref.ref, lambda value, seen: f" {_shown(value(), seen)}"),
    (io.StringIO, lambda value, seen: f" {value.getvalue()!r} {value.tell()}"),
    (io.IOBase, lambda value, seen: f" {value.closed}"),
    (types.ModuleType, lambda value, seen: f" {value.__name__}"),
]
# By the names of their types: neither NumPy nor PyTorch is imported for this.
_NUMERIC = {
    "Tensor": _tensor,
    "_BaseDataLoaderIter": lambda value, seen: f" {value._num_yielded}",
    "Module": _module,
    "Optimizer": _state_dict,
    "LRScheduler": _state_dict,
    "ndarray": lambda value, seen: f"({_list(value.tolist(), seen)} {value.dtype} {value.shape})",
    "Generator": lambda value, seen: f" {_random_state(value)}",
    "generic": lambda value, seen: f"({value!r})",
}


def _random_state(value):
    if "torch" in sys.modules and isinstance(value, sys.modules["torch"].Generator):
        return int((value.get_state().long() * 7).sum())
    return repr(value.bit_generator.state) if hasattr(value, "bit_generator") else ""


def fresh(name):
    """The name of a file that is not there yet, nor those that programs name after it."""
    for path in (name, name + ".json", name + ".pt"):
        if os.path.exists(path):
            os.remove(path)
    return name
