"""Checkpoints of the objects that a script names: `flor.checkpointing`, in any Python and without a rewrite.

`block` is what the script sees. `taking` takes checkpoints when iterations end, of which `sites` keeps the books; `runs` and
`restoring` find one and put it back; `named` is the state that consists of named objects, `matching` holds two of them together.
`docs/checkpointing.md` says what it all means.
"""

from .block import Checkpointing as Checkpointing
from .block import checkpointing as checkpointing
from .places import Saved as Saved
