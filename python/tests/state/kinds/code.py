"""Names, functions, classes and what hangs on them."""

# fmt: off
PROGRAMS = {
"module globals": """
    counter = 0
    def work():
        global counter, fresh
        for i in range(3):  # skip
            counter += i; fresh = [counter]
    for epoch in range(3):  # probe
        work()
        print(counter, fresh, sorted(k for k in globals() if k in ("fresh", "gone")))
        del fresh
""",
"local variables": """
    def train(n):
        best = None; log = []
        for epoch in range(n):  # probe
            total = 0
            for i in range(3):  # skip
                total += i; best = (epoch, total); last = log; log.append(best)
            print(total, best, last is log, log, i)
    train(3)
""",
"class attributes": """
    class Base: made = 0; registry = []
    class Child(Base): pass
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            Base.made += 1; Base.registry.append(Child); Child.own = i; Child.made2 = Child.made
            if epoch == 1 and i == 2: del Child.own
        print(Base.made, len(Base.registry), Child.registry[-1] is Child, getattr(Child, "own", None), Child.made2)
""",
"function attributes": """
    def f(): f.calls = getattr(f, "calls", 0) + 1; return f.calls
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            f(); f.log = [i, f]
        print(f(), f.log[0], f.log[1] is f)
""",
"default arguments": """
    def remember(x, seen=[], *, table={}): seen.append(x); table[x] = len(seen); return len(seen)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            remember(i)
        print(remember("x"), remember.__defaults__, remember.__kwdefaults__)
""",
"closures with `nonlocal`": """
    def counter():
        n = 0; log = []
        def step():
            nonlocal n
            n += 1; log.append(n); return n
        def peek(): return n, log
        return step, peek
    step, peek = counter()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            step()
        print(step(), peek(), step.__closure__[1] is peek.__closure__[1])
""",
"functions and lambdas made in the loop": """
    def noisy(k):
        def f(x): return x + k
        return f
    fs = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            fs.append(noisy(i)); g = lambda y, e=epoch: y * i + e
        print([f(1) for f in fs], g(2))
""",
"classes made in the loop": """
    kinds = []
    def make(n):
        class K:
            number = n
            def value(self): return self.number
        return K
    for epoch in range(3):  # probe
        for i in range(3):  # run
            kinds.append(make(i)); k = kinds[-1]()
        print([kind.number for kind in kinds], k.value(), type(k) is kinds[-1])
""",
"bound methods": """
    class B:
        def __init__(self): self.n = 0; self.cb = self.go
        def go(self): self.n += 1; return self.n
    b = B(); c = B(); append = [].append; cbs = [b.go]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b.cb(); last = c.go; cbs.append(last); append(i)
        print(b.n, last.__self__ is c, cbs[-1](), append.__self__, b.cb.__self__ is b)
""",
"functools.partial": """
    import functools
    p = functools.partial(max, 3); q = functools.partial(sorted, key=len); r = [p]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p = functools.partial(p, i, epoch); q.keywords["reverse"] = bool(i); r.append(p)
        print(p(0), q(["aa", "b"]), r[0](1), r[-1] is p)
""",
"functools.lru_cache": """
    import functools
    calls = []
    @functools.lru_cache(maxsize=3)
    def square(x): calls.append(x); return x * x
    for epoch in range(3):  # probe
        for i in range(4):  # run
            square(i + epoch)
        print(square(1), calls, square.cache_info())
""",
"functools.lru_cache that was not called": """
    import functools
    @functools.lru_cache(maxsize=3)
    def square(x): return x * x
    class Numbers:
        @staticmethod
        @functools.lru_cache(1)
        def half(x): return x / 2
    square(2)
    for epoch in range(3):  # probe
        for i in range(4):  # skip
            last = i * epoch
        print(last, square(2), square.cache_info().currsize, Numbers.half(epoch), Numbers().half(epoch))
""",
"functools.singledispatch": """
    import functools
    @functools.singledispatch
    def show(x): return "any"
    for epoch in range(3):  # probe
        for i in range(3):
            if epoch == 1 and i == 1: show.register(int, lambda x: "int")
            show(i)
        print(show(1), show("a"))
""",
"functools.wraps": """
    import functools
    def counted(f):
        @functools.wraps(f)
        def inner(*a): inner.calls += 1; return f(*a)
        inner.calls = 0
        return inner
    @counted
    def twice(x): return 2 * x
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            twice(i)
        print(twice(1), twice.calls, twice.__wrapped__.__name__)
""",
"contextvars.ContextVar": """
    import contextvars
    number = contextvars.ContextVar("number", default=0); held = contextvars.ContextVar("held"); box = []; held.set(box)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            number.set(number.get() + 1); held.get().append(i)
            if epoch == 1: held.set([i])
        print(number.get(), held.get(), held.get() is box, box)
""",
"contextvars tokens and contexts": """
    import contextvars
    v = contextvars.ContextVar("v"); v.set(0)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            token = v.set(i); c = contextvars.copy_context()
        v.reset(token)
        print(v.get(), c[v])
""",
"abstract classes, generics, typing": """
    import abc, typing
    T = typing.TypeVar("T")
    class A(abc.ABC, typing.Generic[T]):
        @abc.abstractmethod
        def go(self): ...
    class B(A[int]):
        def __init__(self): self.n = 0
        def go(self): self.n += 1; return self.n
    b = B(); kind = typing.List[int]; also = list[int]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b.go(); c = B(); kind = typing.Dict[str, int]; also = dict[str, int]
        print(b.n, c.go(), isinstance(c, A), kind, also)
""",
"staticmethod, classmethod, operator": """
    import operator
    class A:
        n = 0
        @classmethod
        def up(cls): cls.n += 1; return cls.n
        @staticmethod
        def twice(x): return 2 * x
    get = operator.itemgetter(0); up = A.up
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            up(); get = operator.itemgetter(i); name = operator.attrgetter("n"); up = A.up
        print(A.n, get("abc"), name(A), up())
""",
}
