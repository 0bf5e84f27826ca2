"""Instances of classes, and references between objects."""

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"instances": """
    class A:
        def __init__(self): self.n = 0; self.me = self; self.log = []
    a = A(); b = A(); b.other = a; a.shared = b.log
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a.n += i; b.other.log.append(i); b.log.append(-i); a.new = A(); a.new.owner = a
            if i: del a.new.owner
        print(a.n, a.me is a, a.shared is b.log, b.other is a, a.log, b.log, vars(a.new).keys())
""",
"object cycles": """
    class Node: pass
    a = Node(); b = Node(); a.x = b; b.y = a; ring = []; ring.append(ring)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            c = Node(); c.x = a.x; a.x = c; c.y = a; b.y = c; ring.append((ring, c))
        print(a.x.y is a, b.y is a.x, ring[0] is ring, ring[-1][0] is ring, ring[-1][1] is c, len(ring))
""",
"one object in two containers": """
    item = {"n": 0}; left = [item]; right = {"k": item}; later = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            item["n"] += 1; left.append({"i": i}); right[i] = left[-1]; later.append(right[i])
        print(left[0] is right["k"] is item, left[-1] is right[2] is later[-1], item, left, later)
""",
"`__slots__`": """
    class S:
        __slots__ = ("a", "b", "__weakref__")
    class T(S):
        __slots__ = ("c", "__dict__")
    s = S(); s.a = 0; t = T(); t.a = 1; t.z = []; s.b = t
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s.a += i; t.c = s; t.z.append(i)
            if i == 1: del s.b
            else: s.b = t
        del t.c
        print(s.a, s.b is t, hasattr(t, "c"), t.z)
""",
"dataclasses": """
    from dataclasses import dataclass, field, replace
    @dataclass
    class A:
        n: int = 0
        log: list = field(default_factory=list)
    @dataclass(frozen=True)
    class F:
        n: int
        t: tuple = ()
    @dataclass(order=True)
    class O:
        k: float
    a = A(); f = F(0); table = {f: a}; o = [O(1.0)]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a.n += 1; a.log.append(f); f = replace(f, n=f.n + i, t=f.t + (i,)); table[f] = a; o.append(O(-i)); o.sort()
        print(a, f, len(table), f in table, table[f] is a, o)
""",
"dataclasses with slots": """
    import sys
    from dataclasses import dataclass, field
    @dataclass(slots=True)
    class A:
        n: int = 0
        log: list = field(default_factory=list)
    @dataclass(slots=True, frozen=True)
    class F:
        n: int
    a = A(); f = F(0); table = {f: a}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a.n += 1; a.log.append(f); f = F(f.n + 1); table[f] = a
        print(a, f, len(table), f in table)
""",
"named tuples": """
    from collections import namedtuple
    from typing import NamedTuple
    P = namedtuple("P", "x y")
    class Q(NamedTuple):
        a: int
        b: list
    p = P(0, 1); q = Q(0, []); held = q.b
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p = p._replace(x=p.x + i); q.b.append(p); q = Q(q.a + 1, q.b)
        print(p, q, held is q.b)
""",
"enum members": """
    import enum
    class Mode(enum.Enum): TRAIN = 1; TEST = "t"
    class Level(enum.IntEnum): LOW = 1; HIGH = 2
    class F(enum.Flag): A = 1; B = 2; C = 4
    mode = Mode.TRAIN; level = Level.LOW; f = F.A; seen = {}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            mode = Mode.TEST if mode is Mode.TRAIN else Mode.TRAIN; level = Level.HIGH; f ^= F(1 << i); seen[mode] = level
        print(mode, mode is Mode(mode.value), repr(level), f, seen)
""",
"properties": """
    class P:
        def __init__(self): self._x = 0; self.reads = 0
        @property
        def x(self): self.reads += 1; return self._x
        @x.setter
        def x(self, value): self._x = value * 2
    p = P()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p.x = p.x + i
        print(p._x, p.reads, p.x)
""",
"functools.cached_property": """
    import functools
    class C:
        def __init__(self): self.computed = 0; self.n = 1
        @functools.cached_property
        def twice(self): self.computed += 1; return self.n * 2
    c = C(); d = C()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            c.n += 1; c.twice
            if i == 1: del c.twice
        print(c.twice, c.computed, d.twice if epoch else None, d.computed)
""",
"descriptors, `__getattr__`, metaclasses": """
    class Meta(type):
        made = 0
        def __call__(cls, *a): Meta.made += 1; return super().__call__(*a)
    class D:
        def __init__(self): self.reads = 0
        def __get__(self, o, t): self.reads += 1; return vars(o).get("_d", 0)
        def __set__(self, o, v): vars(o)["_d"] = v
    class P(metaclass=Meta):
        d = D()
        def __getattr__(self, name): raise AttributeError(name)
    ps = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p = P(); p.d = i; ps.append(p); p.d
        print(Meta.made, [q.d for q in ps], vars(P)["d"].reads)
""",
"subclasses of built-in types": """
    class L(list): pass
    class D(dict):
        def __missing__(self, key): self[key] = L(); return self[key]
    class S(str): pass
    class N(int): pass
    class F(float): pass
    class T(tuple): pass
    class B(set): pass
    l = L(); d = D(); s = S("a"); n = N(1); f = F(2); t = T((1,)); b = B(); n.tag = l
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            l.append(d); d[i].append(i); l.extra = s; s = S(s + "b"); s.tag = d; n2 = N(n + i); f = F(f / 2); t = T((l, i)); b.add(i); b.x = l
        print(len(l), l[0] is d, d, l.extra, s.tag is d, n, n.tag is l, n2, f, t[0] is l, b, b.x is l)
""",
"exceptions": """
    class Failed(ValueError):
        def __init__(self, code): super().__init__(f"code {code}"); self.code = code
    last = None; kept = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            last = Failed(i); kept.append(KeyError(i)); last.cause = kept[-1]
        print(last, last.code, last.args, kept, last.cause is kept[-1])
""",
"exceptions with a traceback": """
    kept = []
    for epoch in range(3):  # probe
        for i in range(3):  # run
            try: 1 / i
            except ZeroDivisionError as error: kept.append(error)
        print(kept, [e.__traceback__ is None for e in kept])
""",
"weak references": """
    import weakref
    class Node: pass
    a = Node(); w = weakref.ref(a); dead = weakref.ref(Node()); a.back = w
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b = Node(); b.a = w; a.child = b; wb = weakref.ref(b); dead = weakref.ref(Node())
        print(w() is a, wb() is b, a.child.a is w, dead() is None, a.back is w)
""",
"instances that share their class's dict": """
    class State:
        _shared = {}
        def __init__(self, **held): self.__dict__ = self._shared; self.__dict__.update(held)
    kept = State(n=0); new = None
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            kept.n += i; new = State(); new.at = epoch; new.items = [*getattr(new, "items", []), i]
        print(kept.n, State().n, new.at, kept.items, new.items is State().items, vars(new) is State._shared)
""",
"objects with a hash of their own": """
    gone = []
    class Bar:
        def __init__(self, n): self.n = n
        def __eq__(self, other): return self.n == other.n
        def __hash__(self): return id(self)
        def __del__(self): gone.append(self.n)
    class Number:
        def __init__(self, n): self.n = n
        def __eq__(self, other): return self.n == other.n
        def __hash__(self): return hash(self.n)
    bar, number, bars = Bar(0), Number(0), {}; bars[bar] = 1; first = bar; numbers = {number: 0}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            bar.n += 1; number = Number(i + epoch); numbers[number] = i
        print(bar.n, bar is first, bars[bar], number.n, numbers[Number(epoch)], [one.n for one in numbers], gone)
""",
"weak proxies": """
    import weakref
    class Node:
        n = 0
        def __call__(self): return self.n
        def __reduce_ex__(self, version): raise AssertionError("a copy is asked for")
    class Plain:
        def __init__(self, n): self.n, self.back = n, None
    a, c = Plain(1), Node(); w = weakref.proxy(a); called = weakref.proxy(c); dead = weakref.proxy(Plain(0)); told = []; heard = weakref.proxy(a, told.append)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            w.n += 1; called.n += 2; b = Plain(i); b.back = weakref.proxy(b); a.back = w
        w.n *= 10
        print(a.n, w.n, c.n, called(), b.back.n, a.back is w, type(w).__name__, type(b.back).__name__, type(dead).__name__, heard.n)
""",
"weak dictionaries and sets": """
    import weakref
    class Node: pass
    a = Node(); values = weakref.WeakValueDictionary({"a": a}); keys = weakref.WeakKeyDictionary({a: 1}); members = weakref.WeakSet([a])
    for epoch in range(3):  # probe
        for i in range(3):
            b = Node(); values[i] = b; keys[b] = i; members.add(b); keys[a] += 1
        print(sorted(map(str, values)), len(keys), keys[a], len(members), values["a"] is a, a in members)
        del b
        print(len(values), len(keys), len(members))
""",
"`SimpleNamespace`, `argparse.Namespace`": """
    import types, argparse
    n = types.SimpleNamespace(a=1); args = argparse.ArgumentParser(); args.add_argument("--lr", default=0.1); ns = args.parse_args([])
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            n.a += i; n.b = n; n.c = types.SimpleNamespace(d=n); ns.lr *= 2; ns.new = n
        print(n.a, n.b is n, n.c.d is n, ns.lr, ns.new is n)
""",
"objects with `__getstate__`, `__reduce__` or `__deepcopy__` of their own": """
    class C:
        def __init__(self): self.keep = 0; self.cache = {}
        def __getstate__(self): return {"keep": self.keep}
        def __setstate__(self, s): self.__dict__.update(s); self.cache = {}
        def __reduce__(self): return (C, ())
        def __deepcopy__(self, memo): raise TypeError
    c = C()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            c.keep += 1; c.cache[i] = epoch; d = C(); d.keep = i
        print(c.keep, c.cache, d.keep)
""",
}
