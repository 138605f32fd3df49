"""What a group of processes uses, and whether it is there."""

from .process import ProcessCheck

__all__ = ["ProcessCheck"]
__version__ = "1.0.0"
