import psutil
from datadog_checks.base import AgentCheck, datadog_agent


class CpuCheck(AgentCheck):
    """How the machine's CPUs spend their time.

    The kernel counts seconds per state since boot. This check keeps the counts
    of the run before and reports what share of the time in between went where,
    so the shares appear from the second run on. user + system + idle + iowait
    + stolen is 100.

    Metrics:
        system.cpu.num_cores         gauge            core     logical CPUs
        system.cpu.user              gauge            percent  programs, niced ones and guests included
        system.cpu.system            gauge            percent  kernel, interrupts included
        system.cpu.interrupt         gauge            percent  hardware and software interrupts
        system.cpu.iowait            gauge            percent  idle while a disk request was pending
        system.cpu.idle              gauge            percent  nothing to do
        system.cpu.stolen            gauge            percent  taken away by the hypervisor
        system.cpu.guest             gauge            percent  running virtual machines
        system.cpu.context_switches  monotonic_count  switch   context switches of all CPUs

    Tags: the instance's own.
    """

    # metric -> the fields of psutil.cpu_times() it is made of
    SHARES = {
        "user": ("user", "nice"),
        "system": ("system", "irq", "softirq"),
        "interrupt": ("irq", "softirq"),
        "iowait": ("iowait",),
        "idle": ("idle",),
        "stolen": ("steal",),
        "guest": ("guest",),
    }
    # The fields that make up all time; guest time is already part of user time.
    ALL_TIME = ("user", "nice", "system", "irq", "softirq", "iowait", "idle", "steal")

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        self.tags = self.instance.get("tags") or []
        self.last_times = None

    def check(self, _):
        self.gauge("system.cpu.num_cores", psutil.cpu_count(), tags=self.tags)
        self.monotonic_count("system.cpu.context_switches", psutil.cpu_stats().ctx_switches, tags=self.tags)

        times = psutil.cpu_times()
        if self.last_times is not None:
            self.report_shares(self.last_times, times)
        self.last_times = times

    def report_shares(self, before, now):
        def spent(fields):
            # The kernel may correct a count downwards; no time went there then.
            return sum(max(0, getattr(now, field, 0) - getattr(before, field, 0)) for field in fields)

        total = spent(self.ALL_TIME)
        if total == 0:
            return
        for metric, fields in self.SHARES.items():
            self.gauge(f"system.cpu.{metric}", 100 * spent(fields) / total, tags=self.tags)
