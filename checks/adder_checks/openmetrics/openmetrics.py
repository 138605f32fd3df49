from datadog_checks.base import ConfigurationError, OpenMetricsBaseCheckV2


class OpenMetricsCheck(OpenMetricsBaseCheckV2):
    """Metrics of any endpoint in the Prometheus or OpenMetrics format.

    Metrics: what the endpoint offers and `metrics` selects, by default all of it.
    A counter NAME_total becomes the monotonic_count NAMESPACE.NAME.count, a gauge
    stays a gauge, histograms and summaries become several metrics.

    Tags: the labels as LABEL:VALUE, endpoint:URL and the instance's own.

    Service check NAMESPACE.openmetrics.health: CRITICAL when the endpoint does not
    answer. Tags: endpoint:URL and the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        if not self.instance.get("openmetrics_endpoint"):
            raise ConfigurationError(
                "openmetrics needs `openmetrics_endpoint`, the URL to read metrics from,"
                " such as http://localhost:9100/metrics"
            )

    def get_default_config(self):
        return {"metrics": [".+"]}
