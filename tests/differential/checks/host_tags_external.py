from datadog_checks.base import AgentCheck


class HostTagsExternal(AgentCheck):
    """External host tags."""

    def check(self, instance):
        self.set_external_tags(
            [
                ("host-a", {"source": ["env:prod", "größe:1"]}),
                ("host-b", {"source": []}),
            ]
        )
