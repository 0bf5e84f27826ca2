"""A replay's own folder: what the script writes stays in it, and files are to it as they were when it was recorded.

script ─▶ functions in the place of os.…, io.open, torch.save …  (reading, writing, opening, libraries; installing)
             └▶ Overlay: which file a path means now             (overlay, resolution)
                   ├▶ upper: REPLAY/files/<path>                 what the script made or changed
                   ├▶ hidden paths                               what it removed, and what was not there at first
                   └▶ lower: the user's own files                only ever read

What a recording did to files is put back first (originals). The system's own paths, the store and caches are left
alone (outside).
"""

from .session import begin

__all__ = ["begin"]
