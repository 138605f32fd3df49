from datadog_checks.base import AgentCheck


class ManyTags(AgentCheck):
    """More tags than anyone has."""

    def check(self, instance):
        self.gauge("many", 1, tags=["tag%d:%s" % (i, "x" * (i % 50)) for i in range(10000)])
