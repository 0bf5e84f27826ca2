# ruff: noqa
# fmt: off
import inspect

flag = 0


def counter():
    count = 0
    steps = []
    for i in range(3):

        def step(by=i):
            nonlocal count
            global flag
            for _ in range(by):
                count += 1
                flag += 1
            return count

        steps.append(step)
        square = lambda x, i=i: [x * i * y for y in range(2)]
        print(sorted(locals()), square(3))
    for step in steps:
        print(step(), step.__qualname__, step.__defaults__, step.__code__.co_freevars)
    print(dir(), locals().keys())
    return count


class Table:
    """Loops in its body."""

    for name in ("a", "b"):
        locals()[name] = name * 2
    else:
        done = True

    def rows(self):
        """Method."""
        for row in range(2):
            for cell in range(2):
                if cell:
                    return self.a, row, cell, __class__.__name__

    @property
    def size(self):
        while True:
            return len(self.a)

    @classmethod
    def make(cls):
        for i in range(1):
            return cls()

    def __private(self):
        for self.__hidden in range(2):
            pass
        return sorted(vars(self))

    show = __private


print(counter(), flag)
print(Table().rows(), Table.make().size, Table().show(), Table.name, Table.done, Table.__doc__, Table.rows.__doc__)
print(sorted(vars(Table)))
print(sorted(name for name in globals() if not name.startswith("__")))
first, *rest = "abc"
for first, (second, *rest), pair in [(1, "xyz", {}), (2, "uvw", {})]:
    for pair[first], pair["list"] in [(second, rest)]:
        print(first, second, rest, pair)


def unbound():
    for i in range(0):
        pass
    try:
        return i
    except UnboundLocalError as error:
        return str(error)


def deleted():
    for x in range(2):
        y = x
        del x
    try:
        return x
    except UnboundLocalError as error:
        return str(error)


def match(value):
    for item in value:
        match item:
            case int(number):
                for i in range(number):
                    if i == 2:
                        return "int", i
            case {"key": found, **others}:
                while others:
                    others.popitem()
                    continue
                return found, others
            case [head, *tail]:
                for head in tail:
                    break
                else:
                    return "no tail"
            case _:
                return item
    return "none"


print(unbound(), deleted())
print([match(value) for value in ([1, 3], [{"key": 1, "b": 2}], [[1, 2], [1]], ["x"], [])])
print(inspect.signature(counter), inspect.getdoc(Table.rows), counter.__code__.co_varnames)
print([name for name in counter.__code__.co_names], counter.__code__.co_cellvars)
