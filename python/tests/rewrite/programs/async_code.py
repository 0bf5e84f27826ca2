# ruff: noqa
# fmt: off
import asyncio
import contextlib


class Numbers:
    def __init__(self, n):
        self.left = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        for i in range(3):
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left


@contextlib.asynccontextmanager
async def opened():
    for i in range(2):
        pass
    yield i


async def stream():
    for i in range(3):
        await asyncio.sleep(0)
        yield i


async def main():
    async for number in Numbers(3):
        print("number", number)
    else:
        print("else")
    async with opened() as value:
        print(value, [x async for x in stream()])

    def helper():
        for i in range(3):
            if i:
                return i

    for i in range(2):
        await asyncio.sleep(0)
        while True:
            break
    return helper()


def run(coroutine):
    for i in range(1):
        return asyncio.run(coroutine)


print(run(main()))
