"""How long the machine has been up."""

from .uptime import UptimeCheck

__all__ = ["UptimeCheck"]
__version__ = "1.0.0"
