from datadog_checks.base import AgentCheck
from datadog_checks.base.agent import datadog_agent


class AsksAgent(AgentCheck):
    """Settings and identity, as far as they are the same everywhere."""

    def check(self, instance):
        self.gauge("asks.unset", int(not datadog_agent.get_config("no_such_setting_at_all")))
        self.gauge("asks.metadata", int(self.is_metadata_collection_enabled()))
        self.gauge("asks.tracemalloc", int(datadog_agent.tracemalloc_enabled()))
        self.gauge("asks.host_tags", 1, tags=["type:" + type(datadog_agent.get_host_tags()).__name__])
        self.gauge("asks.version", 1, tags=["type:" + type(datadog_agent.get_version()).__name__])
