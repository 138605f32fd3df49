"""How many tasks want to run."""

from .load import LoadCheck

__all__ = ["LoadCheck"]
__version__ = "1.0.0"
