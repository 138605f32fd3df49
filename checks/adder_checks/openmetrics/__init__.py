"""Metrics of any endpoint in the Prometheus or OpenMetrics format."""

from .openmetrics import OpenMetricsCheck

__all__ = ["OpenMetricsCheck"]
__version__ = "1.0.0"
