"""The Python side of florpy: what runs beside the user's script. Its public names are what a script may use itself."""

__version__ = "0.1.0"
