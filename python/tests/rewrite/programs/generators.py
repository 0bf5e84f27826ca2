# ruff: noqa
# fmt: off
def numbers(n):
    """A generator."""
    total = 0
    for i in range(n):
        for j in range(i):
            total += j
        yield i, total
    while total > 0:
        total -= 5
        for j in range(2):
            if total < 3:
                return total
    return "end"


def delegating(n):
    for i in range(n):
        result = yield from numbers(i)
        print("result", result)
        for j in (yield ("head",)):
            print("sent", j)


def finalised():
    try:
        for i in range(5):
            for j in range(2):
                pass
            yield i
    finally:
        for k in range(2):
            print("final", k)


print(list(delegating(4)))
generator = delegating(2)
print(next(generator), generator.send(None))
generator.close()
generator = finalised()
print(next(generator), next(generator))
del generator
for value in finalised():
    if value == 1:
        break
print([x for x in (y * 2 for y in range(3) for z in range(y))])
generator = finalised()
next(generator)
try:
    generator.throw(ValueError("thrown"))
except ValueError as error:
    print(error)
