"""How busy the block devices are."""

from .io import IoCheck

__all__ = ["IoCheck"]
__version__ = "1.0.0"
