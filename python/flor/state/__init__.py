"""What a training program holds: captured from the live objects, compared, and restored in place.

The way of a capture: `frames` and `process` (where to start) → `walk` (every object once, one node each) → `graph` (the plain
values that are stored).
The way of a restore: a fresh capture of the live program → `match` (recorded nodes to live objects) → `build` (what each
recorded object will be, nothing written yet) → `write` (in place). A refusal can only come before `write`.
"""
