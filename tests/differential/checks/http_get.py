from datadog_checks.base import AgentCheck


class HttpGet(AgentCheck):
    """self.http: the base's wrapper around requests."""

    def check(self, instance):
        response = self.http.get(instance["url"] + "/hello", timeout=5)
        self.gauge("http.status", response.status_code, tags=["body:" + response.text])
        sent = response.headers["X-Saw-User-Agent"]
        self.gauge("http.agent", 1, tags=["agent:" + sent.split("/")[0]])
