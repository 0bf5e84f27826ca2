"""What a script logs, and in which loops: the part of florpy that can be used alone, in any Python.

`opening` finds the run that values go to when the first one comes; `values` takes apart what is no plain value; `loops` and
`arguments` are `flor.loop` and `flor.arg`. `flor.log` itself is C (`Sources/LogFunctions`). `flor.reading` reads what was logged.
"""

from _flor import log as log

from .arguments import arg as arg
from .loops import iteration as iteration
from .loops import loop as loop
from .opening import Run as Run
from .opening import begin
from .opening import run as run
from .values import Histogram as Histogram
from .values import Image as Image
from .values import histogram as histogram
from .values import image as image

begin()
