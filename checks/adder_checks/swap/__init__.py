"""How much swap space is used."""

from .swap import SwapCheck

__all__ = ["SwapCheck"]
__version__ = "1.0.0"
