# ruff: noqa
# fmt: off
import sys
import traceback
import warnings


def fails(n):
    for i in range(n):
        while i:
            i -= 1
            if i == 1:
                raise ValueError(
                    f"at {i}",
                )
    return n


def chained():
    for i in range(3):
        try:
            fails(5)
        except ValueError as error:
            for j in range(2):
                try:
                    raise KeyError(j)
                except KeyError:
                    if i == 1:
                        raise RuntimeError("chained") from error
                    print(repr(sys.exc_info()[1]), repr(sys.exc_info()[1].__context__))
            print(sys.exc_info()[0])
        print(sys.exc_info())


def reraises():
    try:
        fails(4)
    except ValueError:
        for i in range(2):
            if i:
                raise


class Iterator:
    def __iter__(self):
        return self

    def __next__(self):
        raise OSError("next")


def iterates():
    for (
        i
    ) in Iterator():
        pass


def not_iterable():
    for i in 3:
        pass


def unpacks():
    for (
        a,
        b,
    ) in [(1,)]:
        pass


def condition():
    while (
        1
        / 0
    ):
        pass


def exits():
    for i in range(2):
        sys.exit(3)


def interrupted():
    try:
        while True:
            raise KeyboardInterrupt
    finally:
        for i in range(2):
            print("cleaning", i)


def returned():
    for i in range(2):
        with open(__file__) as file:
            return int(
                "x",
            )


def in_else():
    for i in range(2):
        pass
    else:
        raise LookupError(i)


for function in (chained, reraises, iterates, not_iterable, unpacks, condition, exits, interrupted, returned, in_else):
    try:
        function()
    except BaseException as error:
        print(function.__name__, type(error).__name__)
        print("".join(traceback.format_exception(error)))
        print([(frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)])
print("".join(traceback.format_stack()[-1:]))


def warns():
    for i in range(3):
        warnings.warn("repeated")


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("default")
    warns()
    for i in range(2):
        warns()
print([(warning.lineno, str(warning.message)) for warning in caught])
for i in range(2):
    for j in range(2):
        [][j]
