import os
import re

import psutil
from datadog_checks.base import AgentCheck, ConfigurationError, datadog_agent, is_affirmative

from .patience import Patience

KIB = 1024


class DiskCheck(AgentCheck):
    """How full the mounted filesystems are.

    Filesystems without blocks of their own (proc, sysfs, cgroup and the like) are
    left out, and so are those of `file_system_global_exclude`. A mount that does
    not answer within `timeout` seconds is skipped with a warning, and is not asked
    again while the question is still pending in the kernel.

    Metrics:
        system.disk.total          gauge  KiB       size
        system.disk.used           gauge  KiB       used part
        system.disk.free           gauge  KiB       free for users other than root
        system.disk.utilized       gauge  percent   used / (used + free)
        system.disk.in_use         gauge  fraction  used / (used + free)
        system.fs.inodes.total     gauge  inode     inodes there are
        system.fs.inodes.used      gauge  inode     inodes used
        system.fs.inodes.free      gauge  inode     inodes left
        system.fs.inodes.utilized  gauge  percent   used / total
        system.fs.inodes.in_use    gauge  fraction  used / total

    Tags: device:/dev/sda1 (with `use_mount` the mount point: device:/home),
    device_name:sda1, those of `device_tag_re` and the instance's own.
    """

    # autofs mounts whatever one asks it about; iso9660 and squashfs are always full;
    # memory filesystems come many to a machine under one device name.
    NOT_DISKS = ["autofs$", "devtmpfs$", "iso9660$", "squashfs$", "tmpfs$", "tracefs$"]

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        option = self.instance.get
        self.tags = option("tags") or []
        self.use_mount = is_affirmative(option("use_mount"))
        self.tag_by_filesystem = is_affirmative(option("tag_by_filesystem"))
        self.include_all_devices = is_affirmative(option("include_all_devices", True))
        self.min_bytes = option("min_disk_size", 0) * KIB * KIB

        not_disks = init_config.get("file_system_global_exclude", self.NOT_DISKS)
        # field of a partition -> where it must match, where it must not
        self.filters = {
            "fstype": (
                self.pattern("file_system_include", flags=re.IGNORECASE),
                self.pattern("file_system_exclude", not_disks, flags=re.IGNORECASE),
            ),
            "device": (self.pattern("device_include"), self.pattern("device_exclude")),
            "mountpoint": (self.pattern("mount_point_include"), self.pattern("mount_point_exclude")),
        }
        self.device_tags = [
            (compiled("device_tag_re", regex), [tag.strip() for tag in tags.split(",")])
            for regex, tags in (option("device_tag_re") or {}).items()
        ]
        self.ask = Patience(ask_filesystem, option("timeout", 5))

    def pattern(self, option, more=(), flags=0):
        """One regex that matches where any of the option's list does; None for no list."""
        regexes = self.instance.get(option) or []
        regexes = [regexes] if isinstance(regexes, str) else regexes
        regexes = [f"(?:{regex})" for regex in [*regexes, *(more or [])]]
        return compiled(option, "|".join(regexes), flags) if regexes else None

    def check(self, _):
        reported = []
        for partition in psutil.disk_partitions(all=self.include_all_devices):
            tags = self.tags_of(partition)
            # A device may be mounted many times, which are one under its name.
            if tags in reported or not self.wanted(partition):
                continue
            try:
                usage, inodes = self.ask(partition.mountpoint)
            except TimeoutError as error:
                self.warning("%s is skipped: %s", partition.mountpoint, error)
            except OSError as error:
                self.log.debug("%s is skipped: %s", partition.mountpoint, error)
            else:
                if usage.total > self.min_bytes:
                    self.report(usage, inodes, tags)
                    reported.append(tags)

    def wanted(self, partition):
        if partition.device in ("", "none"):
            return False
        for field, (include, exclude) in self.filters.items():
            value = getattr(partition, field)
            if (include and not include.match(value)) or (exclude and exclude.match(value)):
                return False
        return True

    def tags_of(self, partition):
        device = partition.mountpoint if self.use_mount else partition.device
        tags = [f"device:{device}", f"device_name:{os.path.basename(partition.device)}", *self.tags]
        if self.tag_by_filesystem:
            tags += [partition.fstype, f"filesystem:{partition.fstype}"]
        for regex, extra in self.device_tags:
            if regex.match(device):
                tags += extra
        return tags

    def report(self, usage, inodes, tags):
        self.gauge("system.disk.total", usage.total / KIB, tags=tags)
        self.gauge("system.disk.used", usage.used / KIB, tags=tags)
        self.gauge("system.disk.free", usage.free / KIB, tags=tags)
        self.gauge("system.disk.utilized", usage.percent, tags=tags)
        self.gauge("system.disk.in_use", usage.percent / 100, tags=tags)

        # btrfs and vfat make inodes as they need them and have no number to tell.
        if inodes.f_files:
            used = inodes.f_files - inodes.f_ffree
            self.gauge("system.fs.inodes.total", inodes.f_files, tags=tags)
            self.gauge("system.fs.inodes.used", used, tags=tags)
            self.gauge("system.fs.inodes.free", inodes.f_ffree, tags=tags)
            self.gauge("system.fs.inodes.utilized", 100 * used / inodes.f_files, tags=tags)
            self.gauge("system.fs.inodes.in_use", used / inodes.f_files, tags=tags)


def ask_filesystem(mountpoint):
    return psutil.disk_usage(mountpoint), os.statvfs(mountpoint)


def compiled(option, regex, flags=0):
    try:
        return re.compile(regex, flags)
    except re.error as error:
        raise ConfigurationError(f"`{option}` holds what is not a regular expression: {error}") from None
