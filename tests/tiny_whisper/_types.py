"""Types shared by the modules of this package."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# What json.dumps takes; json's own stubs say Any as well.
Json: TypeAlias = Any
Samples: TypeAlias = NDArray[np.float32]
