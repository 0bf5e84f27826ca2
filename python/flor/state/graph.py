"""The graph of a state as plain values, and its encoding.

A graph is a list of nodes. A node is a tuple whose first item is its tag (`Tag`); the others are plain values or references.
A *reference* is an `int` (the index of a node); every other value stands for itself, and an integer of the program is wrapped
as a 1-tuple `(n,)`. Attribute names are kept once for all objects of one shape (`shapes`), so that a model of a thousand
modules stays small. Buffers are not in the graph: a node names them by number (`leaf`).

The encoding is a pickle made of plain values only, without memo: equal graphs have equal bytes, so the hash of the bytes is the
digest of the graph. The decoder refuses every global but `complex`, which pickle knows no other way to write, so that decoding can
build nothing but plain values.
"""

from __future__ import annotations

import io
import pickle
import sys
from dataclasses import dataclass, field
from typing import Any

Node = tuple[Any, ...]
Reference = Any

ATOMS = frozenset({type(None), bool, float, complex, str, bytes, int})

GRAPH_VERSION = 4


class Tag:
    """The kinds of node, and what follows the tag. `shape` is a number in `Graph.shapes`; `*` marks references."""

    LIST = "l"  # *items
    PLAIN_LIST = "L"  # items, all atoms, unwrapped
    TUPLE = "t"  # *items
    PLAIN_TUPLE = "T"  # items, all atoms, unwrapped
    DICT = "d"  # class name | None, *extra, *keys, *values  (dict, OrderedDict, defaultdict)
    SET = "s"  # frozen, members, and where their order is the program's the set's history, else False
    DEQUE = "q"  # maxlen, *items
    FROZEN = "F"  # kind ("list", "tuple", "dict"), length, *stretches of items: a large one of plain values
    STRETCH = "I"  # number of the first item, number of items, leaf: their encoding
    BYTEARRAY = "y"  # bytes
    BIG_BYTES = "Y"  # leaf, length
    INSTANCE = "o"  # *class, base payload node | None, shape, *values
    CLASS = "c"  # module, qualified name, shape, *values  (values: state of a project class)
    NAMED = "n"  # module, qualified name: found by name, no state of ours
    FUNCTION = "f"  # key, *closure, *defaults, *keyword defaults, *attributes
    CELL = "e"  # *contents | EMPTY
    CONTEXT_VARIABLE = "v"  # name, *value | EMPTY
    METHOD = "m"  # *function, *self
    BUILTIN_METHOD = "b"  # *self, name
    WEAKREF = "w"  # *target | None, has a callback; or of a proxy one of PROXY
    ENUM = "u"  # *class, name | None, *value | None
    REDUCED = "r"  # *function, *arguments, *state
    CONSTANT = "k"  # type name, representation: equal by value, never changes
    OPAQUE = "x"  # type name, fingerprint | None (None: cannot be proved unmoved)
    TENSOR = (
        "z"  # *class, *storage, dtype, (offset, size, stride, conj, neg), (requires grad, grad_fn), *grad, *hooks, *dict, *base
    )
    HELD_STORAGE = "h"  # *storage: one that the program itself holds
    STORAGE = "Z"  # device, bytes, bytes that tensors reach, shared with an array, leaf
    ARRAY = "a"  # *dtype, shape, strides, byte offset in its memory, *memory, *class, writable
    OBJECT_ARRAY = "A"  # shape, *items, *class
    MEMORY = "M"  # bytes, shared with a tensor, leaf: memory of an array
    GENERATOR = "g"  # library, *class or device, *bit generator or state, *state | None


# Of a weak proxy: without and with a callback.
PROXY = ("a proxy", "a proxy with a callback")

# Lists and tuples whose items are not wrapped.
PLAIN = (Tag.PLAIN_LIST, Tag.PLAIN_TUPLE)

EMPTY = ("?",)

# Labels of roots that are there when a value is about to be returned, and when a call ends.
VALUE = "returned value"
ARGUMENTS = "arguments of the call"
CALLED = "variables around the called function"
# That of a state between two iterations of a `for` loop: what gives the loop its items.
LOOP = "loop"
ITERATOR = "iterator"
# Those of a state that consists of what `flor.checkpointing` was given.
SAVED_OBJECTS = "saved objects"
SAVED_PLACE = "saved place"


@dataclass
class Graph:
    """Nodes of a state; `roots` maps a root's label to a reference."""

    nodes: list[Node] = field(default_factory=list)
    shapes: list[tuple[str, ...]] = field(default_factory=list)
    roots: dict[str, Reference] = field(default_factory=dict)
    # Of nodes that were asked before, by their ids: the node, and where it points (`edges.edges`).
    known_edges: dict[int, tuple[Node, list[Any]]] = field(default_factory=dict, repr=False, compare=False)

    def encode(self) -> bytes:
        """The bytes of the graph; equal graphs have equal bytes."""
        out = io.BytesIO()
        pickler = pickle.Pickler(out, protocol=5)
        pickler.fast = True  # no memo: the bytes depend on values only, not on which strings happen to be one object
        pickler.dump((GRAPH_VERSION, list(self.roots.items()), self.shapes, self.nodes))
        return out.getvalue()

    @staticmethod
    def decode(data: bytes) -> Graph:
        """The graph of `data`; `ValueError` where it is not one."""
        try:
            version, roots, shapes, nodes = PlainUnpickler(io.BytesIO(data)).load()
            shapes = list(map(_as_attribute_names, shapes))
        except (pickle.UnpicklingError, EOFError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ValueError(f"not a graph of plain values: {error}") from error
        if version != GRAPH_VERSION:
            raise ValueError(f"graph version {version}, this florpy reads {GRAPH_VERSION}")
        return Graph(nodes, shapes, dict(roots))


class PlainUnpickler(pickle.Unpickler):
    """Can build nothing but plain values."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "complex"):
            return complex
        raise pickle.UnpicklingError(f"a graph holds plain values only, found {module}.{name}")


def is_reference(value: Any) -> bool:
    """True where `value`, read from a node, names another node."""
    return type(value) is int


def atom(value: Any) -> Any:
    """The program's value that `value`, not a reference, stands for."""
    return value[0] if type(value) is tuple else value


def _as_attribute_names(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Attributes are found by the identity of their names, as the compiler made them; a `__dict__` may hold other keys as well."""
    return tuple(sys.intern(name) if type(name) is str else name for name in shape)
