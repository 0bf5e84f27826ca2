"""Values, containers and buffers of Python's own."""

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"numbers, strings, bytes, `None`": """
    a = 1; f = 0.5; s = ""; b = b""; n = None; t = True; z = 1j
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a += i * 10**20; f /= 3; s += "ä" * i; b += bytes([i]) * 9000; n = i if epoch % 2 else None; t = not t; z = z * (1 + i * 1j)
        print(a, f, s, len(b), b[-1], n, t, z)
""",
"complex numbers": """
    z = 1j; roots = [complex(0.0, -0.0)]; table = {2 + 1j: 0}; pair = (1j, float("nan"))
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            z *= 1 - 2j; roots.append(-z); table[z] = i; pair = (z, pair[1])
        print(z, roots, table, pair, str(roots[0]))
""",
"list": """
    a = [1]; b = a; nested = [a, [a]]; a.append(nested)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b.insert(0, i); nested.append([i]); a[-1][1].append("x") if i else None
        print(len(a), a[:3], nested[0] is a, nested[1][0] is a, a[a.index(nested)] is nested, len(nested))
""",
"large list, tuple or dict of plain values": """
    a = [(str(n), n) for n in range(3000)]; t = tuple(range(2000)); d = {n: n / 7 for n in range(2500)}; same = a
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a[i * 900] = ("other", epoch); a.append(i); t += (i,); d[f"{epoch} {i}"] = -0.0; d.pop(i + epoch * 3)
        print(a[::900], len(a), t[-3:], list(d)[:2], list(d.items())[-2:], same is a)
""",
"tuple": """
    inner = [0]; t = (inner, 1); u = (t, t)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            inner.append(i); t = (inner, i, t)
        print(t, u[0] is u[1], t[0] is inner, u[0][0] is inner)
""",
"dict": """
    key = (1, "k"); d = {key: [0], 1: "one"}; same = d
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d[key].append(i); d[i, epoch] = d; d.pop(1, None); d[f"{epoch}"] = i
        print(list(d)[:4], len(d), d[key], d[0, 0] is same)
""",
"set": """
    s = {1, "a"}; other = s
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s.add((i, epoch)); s.discard("a"); other |= {None, i}
        print(len(s), sorted(map(repr, s)), other is s)
""",
"frozenset": """
    s = frozenset({1}); seen = {s: 0}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s |= {i + epoch}; seen[s] = i
        print(sorted(s), len(seen), s in seen)
""",
"deque": """
    from collections import deque
    d = deque([1], maxlen=4); e = deque(); both = [d, e]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d.append(i); e.appendleft(d); e.rotate(1)
        print(d, d.maxlen, len(e), e[0] is d, both[1] is e)
""",
"OrderedDict": """
    from collections import OrderedDict
    d = OrderedDict(a=1, b=[2]); same = d
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d.move_to_end("a"); d[i] = epoch; d["b"].append(i)
            if len(d) > 5: d.popitem()
        print(d, same is d)
""",
"defaultdict": """
    from collections import defaultdict
    d = defaultdict(list); nested = defaultdict(lambda: defaultdict(int))
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d[i % 2].append(epoch); nested[epoch][i] += i
        print(d, {k: dict(v) for k, v in nested.items()}, nested["new"]["x"], d["y"])
""",
"Counter": """
    from collections import Counter
    c = Counter("hello"); same = [c]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            c.update("lo"); c[i] -= 1
        print(c, c.most_common(2), same[0] is c)
""",
"ChainMap, UserDict, UserList": """
    from collections import ChainMap, UserDict, UserList
    base = {"a": 1}; m = ChainMap({}, base); u = UserDict(x=1); v = UserList([1])
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            m[i] = epoch; base["a"] += 1; u[i] = m; v.append(i)
        print(dict(m), m.maps[1] is base, sorted(map(str, u)), u[0] is m, v)
""",
"heap": """
    import heapq
    heap = [(3, "a"), (5, "b")]; heapq.heapify(heap)
    for epoch in range(3):  # probe
        for i in range(4):  # skip
            heapq.heappush(heap, ((7 * i + epoch) % 5, f"{i}"))
            if i % 2: heapq.heappop(heap)
        print(heap, heapq.nsmallest(2, heap))
""",
"bytearray": """
    b = bytearray(b"ab"); same = [b]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b.extend(bytes([i])); b[0] = epoch
        print(b, same[0] is b)
""",
"array.array": """
    import array
    a = array.array("d", [1.5]); b = array.array("u", "x"); holder = {"a": a}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a.append(i / 3); a[0] = epoch; b.append("y")
        print(a, b, holder["a"] is a)
""",
"memoryview": """
    data = bytearray(b"abcdef"); view = memoryview(data)[1:4]
    for epoch in range(3):  # probe
        for i in range(3):  # run
            view[i] = 65 + epoch + i
        print(data, bytes(view))
""",
"Decimal": """
    import decimal
    d = decimal.Decimal("1.10"); seen = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d = d * 3 + decimal.Decimal("0.1"); seen.append(d / 7)
        print(d, seen)
""",
"decimal's context": """
    import decimal
    decimal.getcontext().prec = 28
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            decimal.getcontext().prec = 5 + epoch; decimal.getcontext().rounding = decimal.ROUND_UP if epoch else decimal.ROUND_DOWN
        print(decimal.Decimal(2) / 3, decimal.getcontext().rounding)
    decimal.setcontext(decimal.Context())
""",
"Fraction": """
    from fractions import Fraction
    f = Fraction(1, 3)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            f = f / 2 + Fraction(i, 7)
        print(f)
""",
"datetime": """
    import datetime as dt
    when = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc); day = dt.date(2020, 2, 27); spans = []; clock = dt.time(1)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            when += dt.timedelta(hours=i + 1); day += dt.timedelta(1); spans.append(when - dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)); clock = clock.replace(minute=i)
        print(when, day, spans, clock)
""",
"pathlib, uuid, re.Pattern": """
    import pathlib, uuid, re
    p = pathlib.Path("a"); u = uuid.UUID(int=1); r = re.compile("a"); rs = {r: 0}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p = p / str(i); u = uuid.UUID(int=u.int + 1); r = re.compile(f"[a-{'bcd'[i]}]+", re.I); rs[r] = epoch
        print(p, u, r.findall("abcde"), len(rs), r in rs)
""",
"re.Match": """
    import re
    m = None; others = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            m = re.search("b+", "abbb"[: i + 2]); whole = re.fullmatch(r"(?P<word>a\\w*?)(\\d)?", "abc"); later = [*re.finditer(r"\\d", f"1 {i} 3")][1:]
            others.append(re.compile("a|ab").fullmatch("xab", 1))
        print(m.group(0), m.span(), whole["word"], whole.groups(), [(one.group(), one.start(), one.pos) for one in later], others[-1].group(), len(others))
""",
"csv.writer, csv.DictWriter": """
    import csv, io
    text = io.StringIO(); rows = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL); table = csv.DictWriter(text, ["a", "b"]); kept = rows
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            rows.writerow([i, epoch]); table.writerow({"a": i, "b": "x,y"}); other = io.StringIO(); new = csv.writer(other, delimiter="|"); new.writerow("ab")
        new.writerow("cd"); rows.writerow("z"); print(repr(text.getvalue()), repr(other.getvalue()), rows is kept)
""",
"csv.reader": """
    import csv
    rows = csv.reader(iter(["1,2", "3,4", "5,6"])); first = next(rows)
    for epoch in range(2):  # probe
        for i in range(3):  # run
            last = i
        print(next(rows), last)
""",
"range, slice": """
    r = range(1); s = slice(0)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            r = range(i, 10 + epoch, 2); s = slice(i, None, epoch + 1)
        print(r, s, list(range(20))[s])
""",
"mappingproxy, dict views": """
    import types
    d = {"a": 1}; proxy = types.MappingProxyType(d); keys = d.keys(); items = d.items()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            d[i] = epoch
        print(proxy, list(keys), list(items))
""",
"io.StringIO, io.BytesIO": """
    import io
    s = io.StringIO(); b = io.BytesIO(b"abc"); same = [s]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s.write(f"{epoch}{i};"); b.read(1); b.write(b"x")
        print(s.getvalue(), b.getvalue(), b.tell(), same[0] is s)
""",
"struct.Struct": """
    import struct
    s = struct.Struct("<i"); data = b""
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            data += s.pack(i)
        print(data, s.unpack(data[-4:]))
""",
}
