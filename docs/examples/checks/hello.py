"""The smallest check: one number and one tag."""

from datadog_checks.base import AgentCheck


class HelloCheck(AgentCheck):
    def check(self, instance):
        self.gauge("hello.world", 1, tags=["greeting:" + instance["greeting"]])
