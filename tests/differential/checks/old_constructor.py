from datadog_checks.base import AgentCheck


class OldConstructor(AgentCheck):
    """The constructor of old: agentConfig has no default."""

    def __init__(self, name, init_config, agentConfig, instances=None):
        super().__init__(name, init_config, agentConfig, instances)
        self.how = type(agentConfig).__name__

    def check(self, instance):
        self.gauge("old.constructed", len(self.instances), tags=["agent_config:" + self.how])
