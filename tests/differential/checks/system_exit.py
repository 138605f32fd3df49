import sys

from datadog_checks.base import AgentCheck


class SystemExit(AgentCheck):
    """sys.exit() in a run: an error of that run, not the end of the agent."""

    def check(self, instance):
        self.gauge("exit.before", 1)
        sys.exit(3)
