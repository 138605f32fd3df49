"""How the machine's CPUs spend their time."""

from .cpu import CpuCheck

__all__ = ["CpuCheck"]
__version__ = "1.0.0"
