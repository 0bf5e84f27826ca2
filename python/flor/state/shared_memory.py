"""Memory that tensors and arrays share (`torch.from_numpy`, `Tensor.numpy`): one block, and a leaf of each library's on it.

Both sides of a pair that is alive get the same bytes. A side that would have to be made anew would part from the other, so such a
pair is marked, and a restore that had to make a part of it refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .graph import Node, Tag

if TYPE_CHECKING:
    from .walk import Walk


def mark_shared(walk: Walk, numbers: list[int]) -> None:
    """Marks every storage and every array's memory that overlap. `numbers` are those of their nodes."""
    blocks = []
    for number in numbers:
        node = walk.graph.nodes[number]
        if node[0] == Tag.MEMORY or (node[0] == Tag.STORAGE and node[1] == "cpu"):
            leaf = walk.leaves[node[-1]]
            if leaf.nbytes:
                blocks.append((leaf.address, leaf.address + leaf.nbytes, number))
    blocks.sort()
    open_blocks: list[tuple[int, int]] = []
    for start, end, number in blocks:
        open_blocks = [(other_end, other) for other_end, other in open_blocks if other_end > start]
        for _, other in open_blocks:
            if walk.graph.nodes[number][0] != walk.graph.nodes[other][0]:
                for one in (number, other):
                    walk.graph.nodes[one] = _marked(walk.graph.nodes[one])
        open_blocks.append((end, number))


def _marked(node: Node) -> Node:
    return (*node[:-2], True, node[-1])
