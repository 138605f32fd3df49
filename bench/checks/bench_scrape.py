"""A large page of metrics, read by the base's OpenMetrics machinery."""

from datadog_checks.base import OpenMetricsBaseCheckV2


class BenchScrape(OpenMetricsBaseCheckV2):
    __NAMESPACE__ = "bench"
    DEFAULT_METRIC_LIMIT = 0
