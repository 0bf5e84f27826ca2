"""Makes `flor` and the helper beside this file importable, wherever the tests are started from."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(folder) for folder in (FOLDER, FOLDER.parents[1]) if str(folder) not in sys.path]
