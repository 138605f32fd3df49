from datadog_checks.base import AgentCheck


class NotANumber(AgentCheck):
    """A value that is no number: with an agent around, the base warns and goes on."""

    def check(self, instance):
        self.gauge("word", "many")
        self.gauge("after", 1)
