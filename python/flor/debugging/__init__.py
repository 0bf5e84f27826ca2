"""`florpy debug` in the script's process: on the way a replay, and then a debugger (`docs/debug.md`)."""
