# ruff: noqa
# fmt: off
"""Every exit of loops nested in each other, at module level."""

trace = []
for i in range(4):
    for j in range(4):
        if j == i:
            continue
        if i == 3:
            break
        trace.append((i, j))
    else:
        trace.append(("else", i))
        if i == 1:
            continue
        while trace and i:
            trace.append("while")
            if len(trace) > 12:
                break
            i -= 1
        else:
            trace.append("while else")
print(i, j, trace)
for k in ():
    pass
else:
    print("empty", "k" in globals())
for i in range(2):
    for j in range(3):
        if j == 1:
            break
    else:
        print("never")
    print(i, j)
n = 10
while n := n - 3:
    print(n)
    if n < 0:
        break
while True:
    n += 1
    if n % 7 == 0:
        break
print(n, sorted(name for name in globals() if not name.startswith("__")))
del i
for i in range(3):
    del i
print("i" in globals(), __doc__)


def nothing():
    for i in range(2):
        pass
    else:
        while i:
            i -= 1
    print(i)


nothing()
