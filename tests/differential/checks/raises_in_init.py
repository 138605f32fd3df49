from datadog_checks.base import AgentCheck


class RaisesInInit(AgentCheck):
    """A constructor that fails for a reason of its own runs once."""

    made = 0

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        type(self).made += 1
        raise RuntimeError("constructed %d time(s)" % self.made)
