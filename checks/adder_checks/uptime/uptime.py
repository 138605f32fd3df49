import time

import psutil
from datadog_checks.base import AgentCheck, datadog_agent


class UptimeCheck(AgentCheck):
    """How long the machine has been up.

    Metrics:
        system.uptime  gauge  second  time since boot

    Tags: the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"

    def check(self, instance):
        self.gauge("system.uptime", time.time() - psutil.boot_time(), tags=instance.get("tags"))
