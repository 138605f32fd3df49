from datadog_checks.base import AgentCheck


class FirstValues(AgentCheck):
    """flush_first_value."""

    def check(self, instance):
        self.monotonic_count("first.yes", 10, flush_first_value=True)
        self.monotonic_count("first.no", 10, flush_first_value=False)
