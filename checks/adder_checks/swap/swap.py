import psutil
from datadog_checks.base import AgentCheck, datadog_agent

MIB = 1024 * 1024


class SwapCheck(AgentCheck):
    """How much swap space is used, and how much passes in and out of it.

    Metrics:
        system.swap.total     gauge  MiB         size of all swap areas
        system.swap.used      gauge  MiB         used part
        system.swap.free      gauge  MiB         free part
        system.swap.pct_free  gauge  fraction    free / total; 1 without swap
        system.swap.cached    gauge  MiB         both in memory and in swap
        system.swap.swap_in   rate   MiB/second  read back from swap
        system.swap.swap_out  rate   MiB/second  written to swap

    Tags: the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        self.tags = self.instance.get("tags") or []

    def check(self, _):
        swap = psutil.swap_memory()
        self.gauge("system.swap.total", swap.total / MIB, tags=self.tags)
        self.gauge("system.swap.used", swap.used / MIB, tags=self.tags)
        self.gauge("system.swap.free", swap.free / MIB, tags=self.tags)
        self.gauge("system.swap.pct_free", swap.free / swap.total if swap.total else 1, tags=self.tags)
        self.gauge("system.swap.cached", self.read_cached(), tags=self.tags)
        self.rate("system.swap.swap_in", swap.sin / MIB, tags=self.tags)
        self.rate("system.swap.swap_out", swap.sout / MIB, tags=self.tags)

    def read_cached(self):
        """MiB of the line `SwapCached:   12 kB`, which psutil does not report.

        None, which gauge() ignores, on a kernel built without swap.
        """
        with open(f"{psutil.PROCFS_PATH}/meminfo") as meminfo:
            for line in meminfo:
                if line.startswith("SwapCached:"):
                    return int(line.split()[1]) / 1024
        return None
