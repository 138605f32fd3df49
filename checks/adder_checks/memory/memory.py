import psutil
from datadog_checks.base import AgentCheck, datadog_agent

MIB = 1024 * 1024


class MemoryCheck(AgentCheck):
    """What the machine's memory is used for.

    Metrics:
        system.mem.total             gauge  MiB       memory the kernel manages
        system.mem.free              gauge  MiB       not used for anything, caches included
        system.mem.used              gauge  MiB       total - free
        system.mem.usable            gauge  MiB       what programs could get without swapping
        system.mem.pct_usable        gauge  fraction  usable / total
        system.mem.cached            gauge  MiB       page cache and reclaimable slab
        system.mem.buffered          gauge  MiB       buffers of block devices
        system.mem.shared            gauge  MiB       tmpfs and shared memory
        system.mem.slab              gauge  MiB       kernel objects
        system.mem.slab_reclaimable  gauge  MiB       kernel objects that can be dropped
        system.mem.page_tables       gauge  MiB       page tables
        system.mem.commit_limit      gauge  MiB       what may be promised to programs
        system.mem.committed_as      gauge  MiB       what has been promised to programs

    Tags: the instance's own.
    """

    # metric -> the line of /proc/meminfo; psutil does not report these
    MEMINFO = {
        "slab_reclaimable": "SReclaimable",
        "page_tables": "PageTables",
        "commit_limit": "CommitLimit",
        "committed_as": "Committed_AS",
    }

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        self.tags = self.instance.get("tags") or []

    def check(self, _):
        memory = psutil.virtual_memory()
        in_bytes = {
            "total": memory.total,
            "free": memory.free,
            "used": memory.total - memory.free,
            "usable": memory.available,
            "cached": memory.cached,
            "buffered": memory.buffers,
            "shared": memory.shared,
            "slab": memory.slab,
        }
        for metric, value in in_bytes.items():
            self.gauge(f"system.mem.{metric}", value / MIB, tags=self.tags)
        self.gauge("system.mem.pct_usable", memory.available / memory.total, tags=self.tags)

        in_kib = self.read_meminfo()
        for metric, line in self.MEMINFO.items():
            if line in in_kib:
                self.gauge(f"system.mem.{metric}", in_kib[line] / 1024, tags=self.tags)

    def read_meminfo(self):
        """Lines such as `PageTables:   2624 kB`, as {"PageTables": 2624}."""
        with open(f"{psutil.PROCFS_PATH}/meminfo") as meminfo:
            lines = [line.split() for line in meminfo]
        return {words[0].rstrip(":"): int(words[1]) for words in lines}
