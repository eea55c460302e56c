"""The few functions that NumPy lacks. An emitted module carries those that it needs, as they stand.

They are plain NumPy, so that the evaluator, compiled functions and emitted files share one
definition. Some need SciPy's special functions, as do the templates of some ops: what a template
or a helper calls `special`, an emitted module imports, and symdiff imports at the first use.
"""

import numpy as np

from symdiff.runtime.arguments import *
from symdiff.runtime.axes import *
from symdiff.runtime.blocks import *
from symdiff.runtime.declared import *
from symdiff.runtime.entries import *
from symdiff.runtime.floats import *
from symdiff.runtime.matrices import *
from symdiff.runtime.places import *
from symdiff.runtime.roots import *
from symdiff.runtime.self_check import *
from symdiff.runtime.special_functions import *

__all__ = ["np"]
