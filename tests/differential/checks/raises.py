from datadog_checks.base import AgentCheck


class Raises(AgentCheck):
    """What was submitted before the exception is kept."""

    def check(self, instance):
        self.gauge("raises.before", 1, tags=["kept:yes"])
        self.warning("about to fail")
        raise ValueError("the disk said 'no' ünd more")
