"""A check that does nothing, and one thing in each hundredth instance: say how large we are."""

from datadog_checks.base import AgentCheck


class BenchEmpty(AgentCheck):
    def check(self, instance):
        if instance.get("last"):
            with open("/proc/self/smaps_rollup") as f:
                pss = next(line.split()[1] for line in f if line.startswith("Pss:"))
            self.set_metadata("pss", pss)
