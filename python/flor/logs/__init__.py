"""The module `logging`: what a recording notes of it, and what a replay shows of it that the recording did not."""
