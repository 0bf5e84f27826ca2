"""What runs have logged, as tables: `flor.dataframe`, `flor.query`, and what `florpy plot` and `florpy export` run.

All of it reads the catalogue (docs/logging.md), in a process of its own or in the user's. Nothing here runs while a script is
recorded, unless the script asks for it.
"""
