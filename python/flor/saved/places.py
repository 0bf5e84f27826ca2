"""Where a checkpoint belongs: its block, and how far the program had come in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..logged.loops import OpenLoop

# Longer ones are not told.
_LONGEST_TEXT_BYTES = 256
# A loop's name, its iteration from 0 (-1: not known), and what it has of the iterable where that is a plain value.
Position = tuple[str, int, Any]


@dataclass(frozen=True)
class Block:
    """What tells a block from others: its names, the loops around it, and how many such blocks the process had entered before."""

    names: tuple[str, ...]
    around: tuple[Position, ...]
    count: int


@dataclass(frozen=True)
class Place:
    """`step` counts the iterations that have ended in the block; `loops` are those that were open in it, outermost first."""

    block: Block
    step: int
    loops: tuple[Position, ...]

    def encode(self) -> str:
        block = {"names": self.block.names, "around": self.block.around, "count": self.block.count}
        return json.dumps({"block": block, "step": self.step, "loops": self.loops})

    @staticmethod
    def decode(text: str) -> Place:
        """`ValueError` where the text is not that of a place."""
        try:
            told = json.loads(text)
            names, around, count = (told["block"][name] for name in ("names", "around", "count"))
            return Place(
                Block(tuple(names), tuple(map(_position, around)), count), told["step"], tuple(map(_position, told["loops"]))
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"it does not say where it was taken: {error}") from error


@dataclass(frozen=True)
class Saved:
    """A checkpoint of named objects: number `checkpoint` of the run, taken after `step` iterations.

    `loops` are the `flor.loop`s that were open in the block, the outermost first: name, iteration from 0, and the item where it is
    a plain value. The last one is that whose iteration had just ended.
    """

    run: str
    checkpoint: int
    step: int
    loops: tuple[Position, ...]


def positions(loops: list[OpenLoop]) -> tuple[Position, ...]:
    return tuple((loop.name, loop.index, _plain(loop.item)) for loop in loops)


def _position(told: list[Any]) -> Position:
    name, index, item = told
    return name, index, item


def _plain(item: object) -> Any:
    if type(item) is str:
        return item if len(item.encode("utf-8", "surrogatepass")) <= _LONGEST_TEXT_BYTES else None
    return item if type(item) in (int, float, bool) else None
