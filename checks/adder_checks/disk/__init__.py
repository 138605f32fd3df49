"""How full the mounted filesystems are."""

from .disk import DiskCheck

__all__ = ["DiskCheck"]
__version__ = "1.0.0"
