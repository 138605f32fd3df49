from datadog_checks.base import AgentCheck
from datadog_checks.base.agent import datadog_agent


class Telemetry(AgentCheck):
    """Telemetry and health issues, straight from the runtime's module."""

    def check(self, instance):
        datadog_agent.emit_agent_telemetry("telemetry", "queries", 3, "counter")
        datadog_agent.emit_agent_telemetry("telemetry", "größe", 2.5, "gauge")
        datadog_agent.report_issue("telemetry", '{"id": "i-1", "title": "größe"}')
        datadog_agent.resolve_issue("i-1")
        self.gauge("telemetry.done", 1)
