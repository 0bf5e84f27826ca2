"""One program a row of the table in docs/state.md, by family: what a loop does to that kind of object, and what is printed of it after.

The name of a program is the row's first cell. A loop marked `# skip` must be restored, one marked `# run` executed again; the
outer loop, marked `# probe`, is kept running so that the program goes on from what was restored.
"""  # noqa: E501
