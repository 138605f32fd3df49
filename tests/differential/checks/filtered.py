from datadog_checks.base import AgentCheck


class Filtered(AgentCheck):
    """Metrics and tags that the instance leaves out or renames."""

    def check(self, instance):
        for name in ("filtered.in", "filtered.in.out", "filtered.other"):
            self.gauge(name, 1, tags=["host:a", "env:b", "own:c", "cluster_name:d"])
