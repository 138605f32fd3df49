"""What passes through the network interfaces."""

from .network import NetworkCheck

__all__ = ["NetworkCheck"]
__version__ = "1.0.0"
