"""The processes that share a command's work, where more than one device is asked for."""

import logging
from typing import Any

from ..training.parallel import launch, started


def several(devices: int, device: str | None, nodes: int = 1, precision: str = "32-true") -> Any:
    """Fabric where it is needed; without it, a command starts five seconds earlier."""
    if devices * nodes == started() == 1 and precision == "32-true":
        return None
    logging.disable(logging.INFO)  # Fabric tells at length how it connects its processes
    return launch(devices, precision, device or "auto", nodes)
