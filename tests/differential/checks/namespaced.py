from datadog_checks.base import AgentCheck


class Namespaced(AgentCheck):
    """Namespace, raw names and metric patterns."""

    __NAMESPACE__ = "ns"

    def check(self, instance):
        self.gauge("kept.one", 1)
        self.gauge("dropped.one", 1)
        self.gauge("kept.raw", 1, raw=True)
        self.service_check("svc", self.OK)
        self.event({"msg_title": "t", "msg_text": "x"})
