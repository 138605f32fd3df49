from datadog_checks.base import AgentCheck


class Interrupted(AgentCheck):
    """As Ctrl-C would."""

    def check(self, instance):
        self.gauge("interrupt.before", 1)
        raise KeyboardInterrupt
