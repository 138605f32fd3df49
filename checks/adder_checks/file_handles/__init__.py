"""How many file handles the kernel has given out."""

from .file_handles import FileHandlesCheck

__all__ = ["FileHandlesCheck"]
__version__ = "1.0.0"
