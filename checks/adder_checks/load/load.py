import psutil
from datadog_checks.base import AgentCheck


class LoadCheck(AgentCheck):
    """How many tasks run, want to run or wait for a disk, as moving averages.

    Metrics:
        system.load.1        gauge  task      average of the last minute
        system.load.5        gauge  task      average of the last 5 minutes
        system.load.15       gauge  task      average of the last 15 minutes
        system.load.norm.1   gauge  task/cpu  system.load.1 per logical CPU
        system.load.norm.5   gauge  task/cpu  system.load.5 per logical CPU
        system.load.norm.15  gauge  task/cpu  system.load.15 per logical CPU

    Tags: the instance's own.
    """

    def check(self, instance):
        tags = instance.get("tags") or []
        cores = psutil.cpu_count()
        for minutes, load in zip((1, 5, 15), psutil.getloadavg()):
            self.gauge(f"system.load.{minutes}", load, tags=tags)
            self.gauge(f"system.load.norm.{minutes}", load / cores, tags=tags)
