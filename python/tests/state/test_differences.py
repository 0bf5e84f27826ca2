"""One bit planted between record and replay, in every kind of value: one divergence, with its place and both values."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from flor.runtime.replaying import Divergence, Plan

from ..simulation import record, replay

# Everything is executed again, nothing restored.
EXECUTED = 0


@dataclass(frozen=True)
class Planted:
    """A value that is put into the second loop, and another one when that is replayed."""

    recorded: str
    replayed: str
    path: str
    shown: tuple[str, str]
    before: str = ""
    statement: str = "value = {}"
    also: tuple[str, str, str] | None = None  # a second one, where a key went and another came

    @property
    def first_line(self) -> int:
        """Of the loop in which it is planted."""
        return 5 + self.before.count("\n")


PROGRAM = """\
import planted
{before}
for step in range(2):
    pass
for step in range(2):
    if planted.is_replayed:
        {replayed}
    else:
        {recorded}
for step in range(2):
    pass
"""


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What tells the program whether it is recorded or replayed, and lives outside of its state."""
    module: Any = types.ModuleType("planted")
    module.is_replayed = False
    monkeypatch.setitem(sys.modules, "planted", module)
    yield module


def divergences(case: Planted, planted: Any) -> list[Divergence]:
    source = PROGRAM.format(
        before=case.before,
        recorded=case.statement.format(case.recorded),
        replayed=case.statement.format(case.replayed),
    )
    recorded = record(source)
    assert recorded.core.taken, recorded.session.runtime.sites
    planted.is_replayed = True
    replayed = replay(source, recorded, Plan(restore_until=EXECUTED))
    assert sum(replayed.restored.values()) == 0
    loops = [site.line for site in recorded.session.runtime.sites if not site.is_call and site.function == "<module>"]
    assert sum(replayed.compared[line] for line in loops) == 3
    return list(replayed.session.divergences)


def check(case: Planted, planted: Any) -> None:
    found = divergences(case, planted)
    loop, after = (f"program.py:{case.first_line + lines} (<module>) #0" for lines in (0, 5))
    here = [one for one in found if one.position == loop]
    if not any(case.shown):  # long, and known to differ
        assert all(one.recorded != one.replayed for one in here)
        here = [replace(one, recorded="", replayed="") for one in here]
    told = [tuple(text.replace("simulated_program.", "") for text in (one.what, one.recorded, one.replayed)) for one in here]
    assert told == [(case.path, *case.shown), *([case.also] if case.also else [])]
    inside = f"program.py:{case.first_line} #0 > "  # the call that plants it
    later = [one for one in found if one.position != loop and not one.position.startswith(inside)]
    assert {one.position for one in later} <= {after}, "the loop before is as recorded"
    assert [one.what for one in later] == [one.what for one in here], "the state that differs goes on to differ"


NAN = "__import__('struct').unpack('<d', bytes([{}, 0, 0, 0, 0, 0, 0xF8, 0x7F]))[0]"

VALUES = {
    "int": Planted("6", "7", "value", ("6", "7")),
    "large int": Planted("1 << 200", "(1 << 200) + 1", "value", (str(1 << 200), str((1 << 200) + 1))),
    "int and bool": Planted("1", "True", "value", ("1", "True")),
    "int and float": Planted("1", "1.0", "value", ("1", "1.0")),
    "bool": Planted("False", "True", "value", ("False", "True")),
    "None": Planted("None", "False", "value", ("None", "False")),
    "last bit of a float": Planted("1.0", "1.0000000000000002", "value", ("1.0", "1.0000000000000002")),
    "sign of zero": Planted("0.0", "-0.0", "value", ("0.0", "-0.0")),
    "payload of NaN": Planted(NAN.format(0), NAN.format(1), "value", ("nan", "nan (7ff8000000000001)")),
    "complex": Planted("1 + 0j", "complex(1, -0.0)", "value", ("(1+0j)", "(1-0j)")),
    "str": Planted("'a'", "'A'", "value", ("'a'", "'A'")),
    "bytes": Planted("b'a'", "b'A'", "value", ("b'a'", "b'A'")),
    "str and bytes": Planted("'a'", "b'a'", "value", ("'a'", "b'a'")),
    "large bytes": Planted("bytes(20000)", "bytes(19999) + b'\\1'", "value element 19999", ("0", "1")),
    "length of large bytes": Planted("bytes(20000)", "bytes(20001)", "value", ("20000 bytes", "20001 bytes")),
    "bytearray": Planted("bytearray(b'ab')", "bytearray(b'ac')", "value: its bytes", ("b'ab'", "b'ac'")),
    "a name that is not bound": Planted("other = 1", "pass", "other", ("1", "not bound"), statement="{}"),
    "a name that is bound": Planted("pass", "other = 1", "other", ("not bound", "1"), statement="{}"),
}

CONTAINERS = {
    "list item": Planted("[1, 2, 3]", "[1, 3, 3]", "value[1]", ("2", "3")),
    "list item of another type": Planted("[1, 2, 3]", "[1, 2.0, 3]", "value[1]", ("2", "2.0")),
    "length of a list": Planted("[1, 2]", "[1, 2, 3]", "value[2]", ("not there", "3")),
    "nested list": Planted("[[1], {'a': [2.5]}]", "[[1], {'a': [-2.5]}]", "value[1]['a'][0]", ("2.5", "-2.5")),
    "item put in place": Planted("4", "5", "value[1]", ("4", "5"), "value = [1, 2, 'x']", "value[1] = {}"),
    "tuple item": Planted("(1, 'a')", "(1, 'b')", "value[1]", ("'a'", "'b'")),
    "tuple item of objects": Planted("([], 1)", "([], 2)", "value[1]", ("1", "2")),
    "list and tuple": Planted("[1]", "(1,)", "value", ("[1]", "(1,)")),
    "dict value": Planted("{'a': 1}", "{'a': 2}", "value['a']", ("1", "2")),
    "dict order": Planted("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "value: 0. in order", ("['a']", "['b']")),
    "dict key's type": Planted("{1: 0}", "{True: 0}", "value[1]", ("0", "not there"), also=("value[True]", "not there", "0")),
    "dict key's sign": Planted("{0.0: 0}", "{-0.0: 0}", "value[0.0]", ("0", "not there"), also=("value[-0.0]", "not there", "0")),
    "dict in another class": Planted(
        "dict(a=1)", "__import__('collections').OrderedDict(a=1)", "value", ("a dict", "a dict (OrderedDict)")
    ),
    "set member": Planted("{1, 2}", "{1, 3}", "value", ("with 2", "with 3")),
    "set member's type": Planted("{1, 'a'}", "{True, 'a'}", "value", ("with 1", "with True")),
    "set member's sign": Planted("{0.0}", "{-0.0}", "value", ("with 0.0", "with -0.0")),
    "set and frozenset": Planted("{1}", "frozenset({1})", "value", ("a set", "a frozenset")),
    "deque item": Planted("deque([1, 2])", "deque([1, 3])", "value[1]", ("2", "3"), "from collections import deque"),
    "deque length": Planted(
        "deque([], 3)", "deque([], 4)", "value", ("a deque (maxlen 3)", "a deque (maxlen 4)"), "from collections import deque"
    ),
    "one object and two": Planted("other", "[]", "value", ("a list, other", "a list, another"), "other = []"),
}

COUNTER = """\
def make():
    held = 0
    def set(value):
        nonlocal held
        held = value
    return set, lambda: held
set, get = make()"""
OBJECTS = {
    "attribute": Planted("1", "2", "value.part", ("1", "2"), "class Thing: pass\nvalue = Thing()", "value.part = {}"),
    "slot": Planted("1", "2", "value.part", ("1", "2"), "class Thing: __slots__ = ('part',)\nvalue = Thing()", "value.part = {}"),
    "attribute of a class": Planted("1", "2", "Thing.part", ("1", "2"), "class Thing: part = 0", "Thing.part = {}"),
    "class of an object": Planted("A()", "B()", "value", ("a A", "a B"), "class A: pass\nclass B: pass"),
    "payload of a subclass": Planted("A([1])", "A([2])", "value[0]", ("1", "2"), "class A(list): pass"),
    "closure cell": Planted(
        "1",
        "2",
        "set cell 0 contents",
        ("1", "2"),
        COUNTER,
        "set({})",
    ),
    "default argument": Planted("(1,)", "(2,)", "f defaults[0]", ("1", "2"), "def f(x=0): pass", "f.__defaults__ = {}"),
    "keyword default": Planted(
        "1", "2", "f keyword defaults['x']", ("1", "2"), "def f(*, x=0): pass", "f.__kwdefaults__['x'] = {}"
    ),
    "attribute of a function": Planted("1", "2", "f attributes['x']", ("1", "2"), "def f(): pass\nf.x = 0", "f.x = {}"),
    "function": Planted("f", "g", "value", ("the function f", "the function g"), "def f(): pass\ndef g(): pass"),
    "library function": Planted("math.sin", "math.cos", "value", ("math.sin", "math.cos"), "import math"),
    "enum member": Planted("E.A", "E.B", "value", ("E.A", "E.B"), "import enum\nE = enum.Enum('E', 'A B', module=__name__)"),
    "date": Planted(
        "date(2020, 1, 1)",
        "date(2020, 1, 2)",
        "value arguments[0]",
        ("b'\\x07\\xe4\\x01\\x01'", "b'\\x07\\xe4\\x01\\x02'"),
        "from datetime import date",
    ),
    "callback of a weak reference": Planted(
        "ref(thing)",
        "ref(thing, print)",
        "value: has a callback",
        ("False", "True"),
        "from weakref import ref\nclass T: pass\nthing = T()",
    ),
    "range": Planted("range(3)", "range(4)", "value arguments[1]", ("3", "4")),
    "module-wide generator": Planted(
        "1",
        "2",
        "process['random generator'][1][1] and 622 more items",
        ("163610392", "279925189"),
        "import random",
        "random.seed({})",
    ),
    "own generator": Planted(
        "1", "2", "value state[1][1] and 622 more items", ("163610392", "279925189"), "import random", "value = random.Random({})"
    ),
}


@pytest.mark.parametrize("case", [*VALUES.values(), *CONTAINERS.values(), *OBJECTS.values()], ids=[*VALUES, *CONTAINERS, *OBJECTS])
def test_a_value_that_differs_is_told(case: Planted, planted: Any) -> None:
    check(case, planted)


DTYPES = {
    "float64": ("1.0", "1.0000000000000002"),
    "float32": ("1.0", "1.0000001192092896"),
    "float16": ("1.0", "1.0009765625"),
    "bfloat16": ("0x3f80", "0x3f81"),
    "complex64": ("0x000000003f800000", "0x000000003f800001"),
    "complex128": ("0x00000000000000003ff0000000000000", "0x00000000000000003ff0000000000001"),
    "int64": ("1", "0"),
    "int32": ("1", "0"),
    "int16": ("1", "0"),
    "int8": ("1", "0"),
    "uint8": ("1", "0"),
    "bool": ("True", "False"),
}
FLIP = """
def flipped(array, element):
    raw = array.reshape(-1).view({byte})
    raw[element * (len(raw) // array.size{call})] ^= 1
    return array
"""
TORCH = "import torch" + FLIP.format(byte="torch.uint8", call="().numel()").replace("array.size().numel()", "array.numel()")
NUMPY = "import numpy as np" + FLIP.format(byte="np.uint8", call="")


@pytest.mark.parametrize("name", DTYPES)
def test_a_bit_of_a_tensor(name: str, planted: Any) -> None:
    pytest.importorskip("torch")
    made = f"torch.ones(5, dtype=torch.{name})"
    check(Planted(made, f"flipped({made}, 3)", "value element 3", DTYPES[name], TORCH), planted)


@pytest.mark.parametrize("name", [name for name in DTYPES if name != "bfloat16"])
def test_a_bit_of_an_array(name: str, planted: Any) -> None:
    pytest.importorskip("numpy")
    made = f"np.ones((2, 3), dtype='{name}')"
    check(Planted(made, f"flipped({made}, 4)", "value element 4", DTYPES[name], NUMPY), planted)


@pytest.mark.parametrize("bit", range(32))
def test_each_bit_of_a_number_in_a_parameter(bit: int, planted: Any) -> None:
    pytest.importorskip("torch")
    before = "import torch\ntorch.manual_seed(0)\nvalue = torch.nn.Linear(3, 1)\nvalue.weight.data.zero_()"
    case = Planted(
        "0", str(1 << bit if bit < 31 else -(1 << 31)), "", ("", ""), before, "value.weight.data.view(torch.int32)[0, 1] = {}"
    )
    (found, *_) = divergences(case, planted)
    assert found.position == f"program.py:{case.first_line} (<module>) #0"
    assert found.what.endswith("value.weight element 1") and found.recorded != found.replayed


NET = "import torch\ntorch.manual_seed(0)\nvalue = torch.nn.Linear(2, 1)"
TENSORS = {
    "requires_grad": Planted(
        "True",
        "False",
        "value.weight: (requires_grad, grad_fn)",
        ("(True, None)", "(False, None)"),
        NET,
        "value.weight.requires_grad = {}",
    ),
    "grad": Planted(
        "0.5", "-0.5", "value.weight.grad element 0", ("0.5", "-0.5"), NET, "value.weight.grad = torch.full((1, 2), {})"
    ),
    "no grad": Planted(
        "torch.zeros(1, 2)",
        "None",
        "value.weight.grad",
        ("a Tensor of torch.float32 [1, 2]", "None"),
        NET,
        "value.weight.grad = {}",
    ),
    "buffer": Planted(
        "1",
        "2",
        "value.seen element 0",
        ("1", "2"),
        NET + "\nvalue.register_buffer('seen', torch.tensor(0))",
        "value.seen.fill_({})",
    ),
    "training": Planted("True", "False", "value.training", ("True", "False"), NET, "value.train({})"),
    "optimizer's number": Planted(
        "0.1",
        "0.2",
        "optimizer.param_groups[0]['lr']",
        ("0.1", "0.2"),
        NET + "\noptimizer = torch.optim.SGD(value.parameters(), 0.5)",
        "optimizer.param_groups[0]['lr'] = {}",
    ),
    "optimizer's buffer": Planted(
        "0.5",
        "0.25",
        "optimizer.state[value.weight]['m'] element 1",
        ("0.5", "0.25"),
        NET + "\noptimizer = torch.optim.SGD(value.parameters(), 0.5)\noptimizer.state[value.weight]['m'] = torch.zeros(2)",
        "optimizer.state[value.weight]['m'][1] = {}",
    ),
    "dtype": Planted(
        "torch.ones(2)",
        "torch.ones(2).view(torch.int32)",
        "value: dtype",
        ("'torch.float32'", "'torch.int32'"),
        "import torch",
    ),
    "shape": Planted(
        "torch.ones(2, 3)",
        "torch.ones(3, 2)",
        "value: view (offset, size, stride, conj, neg)",
        ("(0, (2, 3), (3, 1), False, False)", "(0, (3, 2), (2, 1), False, False)"),
        "import torch",
    ),
    "history": Planted(
        "one * 2",
        "torch.full((1,), 2.0)",
        "value",
        ("a Tensor of torch.float32 [1] by MulBackward0", "a Tensor of torch.float32 [1]"),
        "import torch\none = torch.ones(1, requires_grad=True)",
    ),
    "torch's generator": Planted(
        "1", "2", "process: torch generator", ("", ""), "import torch\ntorch.manual_seed(0)", "torch.manual_seed({})"
    ),
    "a generator": Planted("1", "2", "value bits", ("", ""), "import torch\nvalue = torch.Generator()", "value.manual_seed({})"),
    "memory of their own": Planted(
        "base[:2].detach()",
        "base[:2].clone()",
        "value.storage",
        ("16 bytes of memory on cpu", "8 bytes of memory on cpu"),
        "import torch\nbase = torch.ones(4)",
    ),
    "memory shared with an array": Planted(
        "torch.from_numpy(base)",
        "torch.ones(4, dtype=torch.float64)",
        "base: memory",
        ("shared", "its own"),
        "import torch, numpy\nbase = numpy.ones(4)",
    ),
    "array's order": Planted(
        "np.ones((2, 2))",
        "np.asfortranarray(np.ones((2, 2)))",
        "value",
        ("an array of shape (2, 2), strides (16, 8)", "an array of shape (2, 2), strides (8, 16)"),
        "import numpy as np",
    ),
    "array of objects": Planted("np.array([1, None])", "np.array([2, None])", "value[0]", ("1", "2"), "import numpy as np"),
    "numpy's generator": Planted(
        "1",
        "2",
        "value state[0]['state']['state']",
        ("", ""),
        "import numpy as np",
        "value = np.random.default_rng({})",
        also=("value state[0]['state']['inc']", "", ""),
    ),
}


@pytest.mark.parametrize("case", TENSORS.values(), ids=TENSORS)
def test_what_belongs_to_a_tensor_or_an_array(case: Planted, planted: Any) -> None:
    pytest.importorskip("torch")
    check(case, planted)


RETURNED = """\
import planted
def work():
    for step in range(3):
        if step == 1:
            return {}
value = str(work())
"""


@pytest.mark.parametrize(("recorded", "replayed"), [("1.5", "-1.5"), ("1", "True"), ("[1]", "[2]"), ("None", "0")])
def test_the_value_that_is_returned(recorded: str, replayed: str, planted: Any) -> None:
    source = RETURNED.format(f"{replayed} if planted.is_replayed else {recorded}")
    run = record(source)
    planted.is_replayed = True
    divergences = replay(source, run, Plan(restore_until=EXECUTED)).session.divergences
    assert [found.position for found in divergences] == [
        "program.py:2 #0 > program.py:3 (work) #0",
        "program.py:2 (work) #0",
    ]
    for found in divergences:
        assert found.what.startswith("returned value")
        assert (found.recorded, found.replayed) == (recorded.strip("[]"), replayed.strip("[]"))


# Their bytes may differ, and the program cannot tell.
SAME = """\
import planted, tempfile, os
class Thing:
    pass
one, two = Thing(), Thing()
value = [tempfile.mkdtemp()]
os.rmdir(value[0])
{before}
for step in range(2):
    pass
"""


@pytest.mark.parametrize(
    "before",
    [
        "",  # the name of the temporary folder
        "names = ('a', 'b')\nglobals().update(dict.fromkeys(names[::-1] if planted.is_replayed else names, 1))",
        "members = {None, True, 2.5, 'a', (1,), 3j}",
    ],
)
def test_what_no_program_can_tell_is_no_divergence(before: str, planted: Any) -> None:
    source = SAME.format(before=before)
    run = record(source)
    planted.is_replayed = True
    replayed = replay(source, run, Plan(restore_until=EXECUTED))
    assert sum(replayed.compared.values()) >= 1
    assert replayed.session.divergences == []
