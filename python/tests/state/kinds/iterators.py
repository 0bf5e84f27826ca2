"""Iterators that are held across loops and advanced with `next`."""

# fmt: off
# ruff: noqa: E501
_HELD = """
    {setup}
    it = {make}; also = [it]
    for epoch in range(3):  # probe
        for i in range(2):  # {mark}
            last = next(it, "end")
        print(last, next(it, "end"), also[0] is it)
    print(list(it)[:20]{more})
"""


def _held(make: str, mark: str = "skip", setup: str = "data = list(range(30)); d = {k: k * k for k in data}", more: str = "") -> str:
    return _HELD.format(make=make, mark=mark, setup=setup, more=more)


PROGRAMS = {
"list and tuple iterators": """
    data = list(range(30)); it = iter(data); also = it; back = iter(tuple(data))
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            last = next(it), next(back)
        print(last, next(also), next(back))
        data.append(epoch)
    print(list(it), it is also, list(back))
""",
"dict iterators": _held("iter(d)", "run", more=', list(iter(d.values()))[:3]'),
"set iterators": _held("iter(set(data))", "run"),
"range iterators": _held("iter(range(3, 90, 4))"),
"str and bytes iterators": _held('iter("abcdefghijklmnopq")'),
"iterators that are used up": _held("iter([1, 2])"),
"enumerate": _held("enumerate(data, 5)"),
"zip": _held("zip(data, data, 'abcdefghijklmn')"),
"map": _held("map(square, data)", setup="data = list(range(30)); square = lambda x: x * x"),
"filter": _held("filter(odd, data)", setup="data = list(range(30)); odd = lambda x: x % 2"),
"reversed": _held("reversed(data)"),
"callable iterators": _held("iter(pop, 0)", setup="data = list(range(30)); pop = data.pop", more=", data"),
"nested iterators": _held("enumerate(zip(iter(data), map(square, reversed(data))))", setup="data = list(range(30)); square = lambda x: x * x"),
"itertools.count": _held("itertools.islice(itertools.count(3, 2), 50)", setup="import itertools"),
"itertools.cycle": _held("itertools.cycle(data)", setup="import itertools; data = [1, 2, 3]").replace("list(it)", "[next(it) for _ in range(5)]"),
"itertools.repeat": _held("itertools.repeat('x', 20)", setup="import itertools"),
"itertools.chain": _held("itertools.chain(data, 'abc', range(3))", setup="import itertools; data = [1, 2, 3]"),
"itertools.chain.from_iterable": _held("itertools.chain.from_iterable([data, 'abc', range(3)])", setup="import itertools; data = [1, 2, 3]"),
"itertools.islice": _held("itertools.islice(data, 1, None, 2)", setup="import itertools; data = list(range(40))"),
"itertools.accumulate": _held("itertools.accumulate(data)", setup="import itertools; data = list(range(40))"),
"itertools.product, permutations, combinations": _held("zip(itertools.product('abc', [1, 2, 3]), itertools.permutations('abcd'), itertools.combinations('abcdef', 3))", setup="import itertools"),
"itertools.takewhile, dropwhile, starmap, compress, filterfalse": _held("zip(itertools.takewhile(low, data), itertools.dropwhile(low, data), itertools.starmap(max, zip(data, data)), itertools.compress(data, data), itertools.filterfalse(low, data))", setup="import itertools; data = list(range(40)); low = lambda x: x < 12"),
"itertools.zip_longest": _held("itertools.zip_longest(data, 'abc', fillvalue=None)", setup="import itertools; data = list(range(40))"),
"itertools.tee": _held("itertools.tee(data)[0]", "run", setup="import itertools; data = list(range(40))"),
"itertools.pairwise": _held("itertools.pairwise(data)", mark="run", setup="import itertools; data = list(range(40))"),
"itertools.groupby": _held("itertools.groupby(data, key)", mark="run", setup="import itertools; data = list(range(40)); key = lambda x: x // 3").replace("print(last, next(it, 'end')", "print(last[0], next(it)[0]").replace("list(it)", "[k for k, _ in it]").replace('print(last, next(it, "end")', "print(last[0], next(it)[0]"),
"iterators of the program's own classes": _held("Counting(data)", setup="""
    class Counting:
        def __init__(self, data): self.data, self.n = data, 0
        def __iter__(self): return self
        def __next__(self):
            if self.n >= len(self.data): raise StopIteration
            self.n += 1; return self.data[self.n - 1]
    data = list(range(30))"""),
"generators that run": """
    def numbers():
        for n in range(100): yield n
    source = numbers(); squares = (x * x for x in range(50))
    for epoch in range(3):  # probe
        for i in range(3):  # run
            last = next(source), next(squares)
        print(last, next(source))
""",
"generators that have not run, or are used up": """
    fresh = (x for x in range(3)); done = (x for x in range(2)); list(done)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            last = i * epoch
        print(last, list(done))
    print(list(fresh))
""",
"generators that have not run, with objects to work on": """
    class Loader:
        def __init__(self, data): self.data, self.passes = data, 0
        def __iter__(self):
            self.passes += 1
            yield from self.data
    def numbers(data, /, first, *rest, times=2, **others):
        for x in (*data, first, *rest, *others): yield x * times
    loader, data = Loader([1, 2]), [3]; kept = iter(loader); waiting = numbers(data, 4, data, times=3, six=6)
    for epoch in range(4):  # probe
        for i in range(3):  # skip
            bar = iter(loader); seen = [*loader]; data.append(epoch)
            if i == epoch: waiting = numbers(data, epoch, seven=7)
        print(seen, loader.passes, len(data))
    print([*bar], [*kept], loader.passes, [*waiting])
""",
"generator expressions that have not run, with objects to work on": """
    data = [1, 2]; fresh = (x for x in data)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            last = i * epoch
        print(last)
    print(list(fresh))
""",
"generators of one function that have not run": """
    def numbers(n):
        for i in range(n): yield i
    fresh = numbers(7)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            fresh = numbers(epoch)
        print(list(fresh))
""",
"a generator that holds an iterator which moved": """
    data = iter(list(range(50)))
    def pairs():
        for x in data: yield x, next(data)
    source = pairs(); next(source)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            last = next(data)
        print(last, next(source))
""",
"an iterator held by several owners": """
    class Stream:
        def __init__(self): self.it = enumerate(iter(list(range(60)))); self.views = (self.it, [self.it])
        def pull(self): return next(self.it)
    s = Stream(); closed = lambda it=s.it: next(it); d = {"it": s.it}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            last = s.pull(), closed()
        print(last, next(d["it"]), next(s.views[0]), s.views[0] is s.it is s.views[1][0] is d["it"])
""",
"coroutines": """
    import asyncio
    async def wait(n): return n
    c = wait(1)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            last = i
        print(last)
    c.close()
""",
}
