from datadog_checks.base import OpenMetricsBaseCheckV2


class Scrape(OpenMetricsBaseCheckV2):
    """The base's OpenMetrics machinery on a page with every type."""

    __NAMESPACE__ = "scraped"
    DEFAULT_METRIC_LIMIT = 0
