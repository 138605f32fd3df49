from datadog_checks.base import AgentCheck


class Limited(AgentCheck):
    """More metrics than the check may return."""

    DEFAULT_METRIC_LIMIT = 5

    def check(self, instance):
        for i in range(10):
            self.gauge("limited", i, tags=["i:%d" % i])
