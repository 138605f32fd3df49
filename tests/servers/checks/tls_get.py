"""Fetches one page through the base's HTTP wrapper."""

from datadog_checks.base import AgentCheck


class TlsGet(AgentCheck):
    def check(self, instance):
        response = self.http.get(instance["url"])
        self.gauge("tls.status", response.status_code)
