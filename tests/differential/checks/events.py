from datadog_checks.base import AgentCheck


class Events(AgentCheck):
    """Events with all fields, few, and odd ones."""

    def check(self, instance):
        self.event(
            {
                "msg_title": "title",
                "msg_text": "text\nmore",
                "timestamp": 1700000000,
                "priority": "low",
                "host": "elsewhere",
                "alert_type": "warning",
                "aggregation_key": "key",
                "source_type_name": "source",
                "event_type": "type",
                "tags": ["b:2", "a:1", b"c:3"],
                "unknown": object(),
            }
        )
        self.event({"msg_text": "only text"})
        self.event({"msg_title": "float time", "timestamp": 12.9})
