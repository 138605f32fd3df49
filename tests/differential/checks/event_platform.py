from datadog_checks.base import AgentCheck


class EventPlatform(AgentCheck):
    """Raw events for the event platform."""

    def check(self, instance):
        self.database_monitoring_query_sample('{"q": "größe"}')
        self.database_monitoring_query_metrics(b"raw \x00 bytes")
        self.database_monitoring_metadata("")
        self.event_platform_event("any", "own-type")
