"""What the machine's memory is used for."""

from .memory import MemoryCheck

__all__ = ["MemoryCheck"]
__version__ = "1.0.0"
