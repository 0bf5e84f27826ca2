"""NumPy: arrays, views, generators."""

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"NumPy arrays": """
    import numpy as np
    a = np.zeros(3); f = np.asfortranarray(np.zeros((2, 3))); z = np.array(1.5); b = np.zeros(2, dtype=bool); c = np.zeros(2, dtype=complex); u = np.array(["a", "b"]); same = [a]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a += i; f[:, i] = epoch; z[...] += 1; b[i % 2] ^= True; c *= 1j; c += 1; u[0] = "x"; new = np.full((i + 1, 2), epoch, dtype=np.float16)
        print(a, f, f.flags.f_contiguous, z, b, c, u, new, new.dtype, same[0] is a)
""",
"NumPy arrays of every type": """
    import numpy as np
    arrays = {t: np.zeros(4, dtype=t) for t in "?bBhHiIlLqQefdgFDG"}; arrays["S"] = np.zeros(2, "S3"); arrays["U"] = np.zeros(2, "U3"); arrays["M"] = np.zeros(2, "M8[s]"); arrays["m"] = np.zeros(2, "m8[D]"); arrays["V"] = np.zeros(2, "V4"); arrays[">"] = np.zeros(2, ">f4")
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            for t, a in arrays.items(): a[i % 2] = b"ab%d" % i if t in "SV" else i + epoch
        print(arrays)
""",
"NumPy views": """
    import numpy as np
    base = np.zeros((4, 6)); row = base[1]; col = base[:, ::2]; back = base[::-1]; t = base.T
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            row += 1; col[i] -= 1; later = base[i:, 1:]; later[0] += 5
        print(base, row.base is base, np.shares_memory(t, later)); t[0, 0] = 9; print(back[-1, 0], later[0, 0])
""",
"structured arrays, recarrays, matrices": """
    import numpy as np
    s = np.zeros(3, dtype=[("x", "f4"), ("n", "i8", (2,))]); x = s["x"]; r = np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]); m = np.matrix([[1, 2]])
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            x[i] += epoch; s["n"][i] = i; r.b[0] += 1; m += 1; one = s[i:]
        print(s, r, r.a, m, type(r), type(m), np.shares_memory(one, s))
""",
"object arrays": """
    import numpy as np
    inner = [0]; o = np.array([inner, None, "x"], dtype=object); view = o[:2]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            inner.append(i); o[1] = {"e": epoch, "i": inner}; o[2] = o[1]
        print(o, o[0] is inner, o[1]["i"] is inner, view[1] is o[1])
""",
"masked arrays and other subclasses of ndarray": """
    import numpy as np
    m = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    for epoch in range(3):  # probe
        for i in range(3):  # run
            m[i] = epoch; m.mask[i] = i == epoch
        print(m)
""",
"read-only and memory-mapped arrays": """
    import numpy as np
    a = np.zeros(3); a.flags.writeable = False
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a.flags.writeable = True; a[i] = epoch; a.flags.writeable = False
        print(a, a.flags.writeable)
""",
"NumPy scalars and dtypes": """
    import numpy as np
    x = np.float32(1.5); n = np.int64(2); d = np.dtype("f4"); when = np.datetime64("2020-01-01")
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            x = x / np.float32(3); n = n + i; d = np.dtype([("a", "i4")]) if epoch else d; when = when + np.timedelta64(1, "D"); t = np.float64
        print(x, type(x), n, d, when, t)
""",
"NumPy's random numbers": """
    import numpy as np
    np.random.seed(3); g = np.random.default_rng(1); r = np.random.RandomState(2); held = [g, r]; legacy = np.random
    p = np.random.Generator(np.random.Philox(4)); m = np.random.Generator(np.random.MT19937(4)); s = np.random.Generator(np.random.SFC64(4))
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            np.random.randn(3); g.normal(size=3); r.rand(); g.integers(5); p.random(); m.random(); s.random(); new = np.random.default_rng(i); new.random()
        print(np.random.rand(), g.random(), r.randn(), held[0] is g, held[1] is r, p.random(), m.random(), s.random(), new.random(), np.random.randn())
""",
"NumPy bit generators and seed sequences": """
    import numpy as np
    bits = np.random.PCG64(1); g = np.random.Generator(bits); seeds = np.random.SeedSequence(5)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            g.random(); child = seeds.spawn(1)[0]; new = np.random.default_rng(child)
        print(g.random(), bits.random_raw(), g.bit_generator is bits, child.spawn_key, new.random(), seeds.n_children_spawned)
""",
"NumPy's error handling and print options": """
    import numpy as np
    with np.errstate(), np.printoptions():
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                np.seterr(divide="ignore" if epoch % 2 else "raise"); np.set_printoptions(precision=2 + epoch)
            try: print(np.array([1 / 3]), np.ones(1) / 0)
            except FloatingPointError as e: print(e)
""",
"pandas, scikit-learn, SciPy": """
    import numpy as np, scipy.sparse, pandas as pd
    from sklearn.linear_model import SGDClassifier
    rng = np.random.RandomState(0); X = rng.rand(60, 4); y = (X[:, 0] > 0.5).astype(int); m = SGDClassifier(random_state=0); s = scipy.sparse.lil_matrix((3, 3)); frame = pd.DataFrame({"a": [1.0]})
    for epoch in range(3):  # probe
        for i in range(0, 60, 20):
            m.partial_fit(X[i:i + 20], y[i:i + 20], classes=[0, 1]); s[epoch, i // 20] = i; frame.loc[len(frame)] = [i]
        print(m.coef_, m.t_, s.toarray(), frame)
""",
}
