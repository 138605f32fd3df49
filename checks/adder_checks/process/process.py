from collections import defaultdict

import psutil
from datadog_checks.base import AgentCheck, ConfigurationError, datadog_agent, is_affirmative

from .finder import Finder
from .readings import READERS


class ProcessCheck(AgentCheck):
    """What a group of processes uses in total, and whether it is there at all.

    A group is what matches `search_string`, `pid` or `pid_file`. Only the owner
    of a process and root may see its open files and its reads and writes: these
    metrics are missing where access is denied.

    Metrics:
        system.processes.number                    gauge            process    processes found
        system.processes.cpu.pct                   gauge            percent    of one CPU, since the run before
        system.processes.cpu.normalized_pct        gauge            percent    of all CPUs, since the run before
        system.processes.mem.rss                   gauge            byte       memory, shared pages included
        system.processes.mem.real                  gauge            byte       memory, without shared pages
        system.processes.mem.vms                   gauge            byte       address space
        system.processes.mem.pct                   gauge            percent    rss / memory of the machine
        system.processes.threads                   gauge            thread     threads
        system.processes.open_file_descriptors     gauge            file       open files
        system.processes.voluntary_ctx_switches    gauge            event      since the processes began
        system.processes.involuntary_ctx_switches  gauge            event      since the processes began
        system.processes.ioread_count              gauge            read       since the processes began
        system.processes.iowrite_count             gauge            write      since the processes began
        system.processes.ioread_bytes              gauge            byte       since the processes began
        system.processes.iowrite_bytes             gauge            byte       since the processes began
        system.processes.ioread_bytes_count        monotonic_count  byte       since the run before
        system.processes.iowrite_bytes_count       monotonic_count  byte       since the run before
        system.processes.run_time.avg              gauge            second     age of the processes
        system.processes.run_time.max              gauge            second     age of the oldest
        system.processes.run_time.min              gauge            second     age of the youngest

    Tags: process_name:NAME, NAME and the instance's own.

    Service check process.up: OK while there are as many processes as `thresholds`
    ask for, by default one or more. Tags: process:NAME and those of the metrics.
    """

    ONE_OR_MORE = (1, float("inf"))

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        option = self.instance.get
        self.finder = Finder(self.instance, self.warning)
        self.group = self.finder.name
        self.tags = [f"process_name:{self.group}", self.group, *(option("tags") or [])]
        self.warn_when_denied = not is_affirmative(option("ignore_denied_access", True))
        thresholds = option("thresholds") or {}
        self.critical = read_range("thresholds.critical", thresholds.get("critical", self.ONE_OR_MORE))
        self.warn = read_range("thresholds.warning", thresholds.get("warning", self.ONE_OR_MORE))
        self.known = {}

    def check(self, _):
        values = defaultdict(list)
        met = {}
        for pid in self.finder.find():
            process = self.recall(pid)
            if process is None:
                continue
            met[pid] = process
            for metric, value in self.read(process).items():
                # The CPU share of a process met for the first time is always 0.
                if process is self.known.get(pid) or not metric.startswith("cpu."):
                    values[metric].append(value)
        self.known = met

        self.gauge("system.processes.number", len(met), tags=self.tags)
        self.report(values)
        self.report_service_check(len(met))

    def recall(self, pid):
        """The object of the run before, which remembers its CPU time, else a new one."""
        known = self.known.get(pid)
        if known and known.is_running():
            return known
        try:
            return psutil.Process(pid)
        except psutil.NoSuchProcess:
            return None

    def read(self, process):
        """All metrics of one process, without those that access is denied to."""
        values = {}
        try:
            with process.oneshot():
                for reader in READERS:
                    try:
                        values.update(reader(process))
                    except (psutil.AccessDenied, OSError):
                        if self.warn_when_denied:
                            what = reader.__name__.replace("_", " ")
                            self.warning("%s of process %s may not be read", what, process.pid)
        except psutil.NoSuchProcess:
            self.log.debug("process %s ended while it was looked at", process.pid)
        return values

    def report(self, values):
        ages = values.pop("run_time", None)
        if ages:
            self.gauge("system.processes.run_time.avg", sum(ages) / len(ages), tags=self.tags)
            self.gauge("system.processes.run_time.max", max(ages), tags=self.tags)
            self.gauge("system.processes.run_time.min", min(ages), tags=self.tags)
        for metric, each in values.items():
            self.gauge(f"system.processes.{metric}", sum(each), tags=self.tags)
            if metric in ("ioread_bytes", "iowrite_bytes"):
                self.monotonic_count(f"system.processes.{metric}_count", sum(each), tags=self.tags)

    def report_service_check(self, number):
        if not self.critical[0] <= number <= self.critical[1]:
            status = AgentCheck.CRITICAL
        elif not self.warn[0] <= number <= self.warn[1]:
            status = AgentCheck.WARNING
        else:
            status = AgentCheck.OK
        message = None if status == AgentCheck.OK else f"{number} processes found for {self.group}"
        self.service_check("process.up", status, tags=[*self.tags, f"process:{self.group}"], message=message)


def read_range(option, value):
    try:
        low, high = value
        return float(low), float(high)
    except (TypeError, ValueError):
        raise ConfigurationError(f"`{option}` must be a list of two numbers, such as [1, 10]") from None
