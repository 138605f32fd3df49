from datadog_checks.base import AgentCheck


class WithWarnings(AgentCheck):
    """Warnings with and without arguments, and one that is no ASCII."""

    def check(self, instance):
        self.warning("first")
        self.warning("second %s of %d", "part", 2)
        self.warning("100% sure, naïve")
        self.gauge("warned", 3)
