from datadog_checks.base import AgentCheck, datadog_agent


class FileHandlesCheck(AgentCheck):
    """How many file handles the kernel has given out, and how many it may.

    Metrics:
        system.fs.file_handles.allocated         gauge  handle    allocated by the kernel
        system.fs.file_handles.allocated_unused  gauge  handle    allocated, but not in use
        system.fs.file_handles.used              gauge  handle    allocated - allocated_unused
        system.fs.file_handles.max               gauge  handle    the limit, fs.file-max
        system.fs.file_handles.in_use            gauge  fraction  used / max

    Tags: the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        procfs = datadog_agent.get_config("procfs_path") or "/proc"
        self.path = f"{procfs}/sys/fs/file-nr"
        self.tags = self.instance.get("tags") or []

    def check(self, _):
        with open(self.path) as file_nr:
            allocated, unused, limit = (int(word) for word in file_nr.read().split())
        used = allocated - unused
        self.gauge("system.fs.file_handles.allocated", allocated, tags=self.tags)
        self.gauge("system.fs.file_handles.allocated_unused", unused, tags=self.tags)
        self.gauge("system.fs.file_handles.used", used, tags=self.tags)
        self.gauge("system.fs.file_handles.max", limit, tags=self.tags)
        self.gauge("system.fs.file_handles.in_use", used / limit, tags=self.tags)
