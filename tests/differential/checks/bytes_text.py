from datadog_checks.base import AgentCheck


class BytesText(AgentCheck):
    """bytes where text is expected; also bytes that are no UTF-8."""

    def check(self, instance):
        self.gauge(b"bytes.name", 1, tags=[b"k:v", "k2:v"])
        self.gauge("bytes.bad", 2, tags=[b"bad:\xff\xfe", "good:1"])
        self.service_check("bytes.svc", 0, tags=[b"k:v"])
