from datadog_checks.base import AgentCheck


class NotFinite(AgentCheck):
    """NaN and infinities are submitted as they are; the sampler rejects them."""

    def check(self, instance):
        self.gauge("finite.nan", float("nan"))
        self.gauge("finite.inf", float("inf"))
        self.count("finite.minus", float("-inf"))
        self.gauge("finite.one", 1)
