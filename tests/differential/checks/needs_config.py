from datadog_checks.base import AgentCheck, ConfigurationError


class NeedsConfig(AgentCheck):
    """Refuses its configuration in words for people."""

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        if "url" not in self.instance:
            raise ConfigurationError("option `url` is required")
