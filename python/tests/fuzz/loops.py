"""The heads of random loops. `!T` stands for how often they run at most, `!V` and `!K` for names of their own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """A loop's head, what has to stand before it and first in it. It binds `!V` or `!K` to a number where it `counts`."""

    text: str
    counts: str = ""
    before: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    def filled(self, values: dict[str, str]) -> tuple[str, list[str], list[str], str]:
        def fill(text: str) -> str:
            for hole, value in values.items():
                text = text.replace(hole, value)
            return text

        return fill(self.text), [fill(one) for one in self.before], [fill(one) for one in self.first], fill(self.counts)


FOR_HEADERS = [
    Header("for !V in range(!T):", "!V"),
    Header("for !V in [4, 1, 3][:!T]:", "!V"),
    Header("for !V, item in enumerate($xs[:!T]):", "!V"),
    Header("for !V, item in zip(range(!T), list($table)):", "!V"),
    Header("for $n in range(1, !T + 1):"),
    Header("for $node.at in range(!T):"),
    Header("for $table['i'] in range(!T):"),
    Header("for !V, *others in [(1, 2, 3), (4, 5)][:!T]:", "!V"),
    Header("for key, item in list($table.items())[:!T]:"),
    Header("for item in $kept[:!T]:"),
    Header("for !V in itertools.islice($it, !T):", first=("print('from it', show(!V))",)),
    Header("for !V in itertools.islice($gen, !T):", "!V"),
    Header("for !V in itertools.islice($count, !T):", "!V"),
    Header("for batch in $loader:", first=("print('batch', batch.sum().item())",)),
    Header("for batch in itertools.islice($batches, !T):", first=("print('batch', batch.sum().item())",)),
    Header("for part in $t.split(1):", first=("print('part', part.sum().item())",)),
    Header("for !V in torch.randperm(!T).tolist():", "!V"),
    Header("for item in sorted(map(str, $seen))[:!T]:"),
    Header("for parameter in list($model.parameters())[:!T]:", first=("print('parameter', parameter.sum().item())",)),
    Header("for !V in itertools.islice(iter(lambda: $step(1) % 7, 3), !T):", "!V"),
    Header("for !V in reversed(range(!T)):", "!V"),
]
WHILE_HEADERS = [
    Header("while !K < !T:", "!K", ("!K = 0",), ("!K += 1",)),
    Header("while (!K := !K + 1) <= !T:", "!K", ("!K = 0",)),
    Header("while True:", "!K", ("!K = !T",), ("if !K == 0:\n    break", "!K -= 1")),
    Header("while $queue and !K < !T:", "!K", ("!K = 0",), ("!K += 1", "print('left', show($queue.popleft()))")),
]
