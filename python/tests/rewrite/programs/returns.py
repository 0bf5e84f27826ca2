# ruff: noqa
# fmt: off
def find(rows, wanted):
    for number, row in enumerate(rows):
        for cell in row:
            if cell == wanted:
                return number, cell
        else:
            if wanted == "else":
                return "from else", number
    return None


def finals(kind):
    log = []
    for i in range(3):
        try:
            for j in range(3):
                if kind == "return" and j == 1:
                    return log.append("value") or log
                if kind == "raise" and j == 2:
                    raise ValueError(kind)
        except ValueError:
            log.append("handled")
            if i == 1:
                return "from handler", log
        else:
            log.append("fine")
            if i == 2:
                return "from else", log
        finally:
            log.append(("finally", i))
            if kind == "override":
                return "override", log
            if kind == "break":
                break
            if kind == "continue" and i < 2:
                continue
    else:
        return "exhausted", log
    return "after", log


class Context:
    def __init__(self, swallows):
        self.swallows = swallows

    def __enter__(self):
        return self

    def __exit__(self, *info):
        print("exit", info[0])
        return self.swallows


def contexts(swallows, fails):
    for i in range(3):
        with Context(swallows), Context(False) as context:
            for j in range(2):
                if i == 1 and fails:
                    raise KeyError(i, j)
                if i == 2:
                    return i, j, context.swallows
    return "end"


def overridden():
    for i in range(2):
        try:
            return "first"
        finally:
            for j in range(2):
                try:
                    return "second"
                finally:
                    if i == 0:
                        for k in range(2):
                            return "third"


def broken_off():
    seen = []
    while True:
        try:
            while True:
                try:
                    return "value"
                finally:
                    seen.append(1)
                    if len(seen) < 3:
                        continue
                    break
        finally:
            seen.append(2)
            break
    return seen


def bare():
    for i in range(2):
        return


def recursive(depth):
    for i in range(2):
        try:
            for j in range(2):
                if depth:
                    try:
                        return recursive(depth - 1) + 1
                    finally:
                        if depth == 1:
                            recursive(0)
        finally:
            if depth == 2:
                for k in range(2):
                    try:
                        raise ValueError
                    except ValueError:
                        break
    return 0


print(find([[1, 2], [3, 4]], 3), find([[1], [2]], 5), find([[1]], "else"), find([], 1))
for kind in ("return", "raise", "override", "break", "continue", "none"):
    print(kind, finals(kind))
for swallows in (True, False):
    for fails in (True, False):
        try:
            print(contexts(swallows, fails))
        except KeyError as error:
            print("outside", error)
print(overridden(), broken_off(), bare(), [recursive(depth) for depth in range(4)])
