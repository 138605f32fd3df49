import os
import threading
from types import SimpleNamespace

import psutil
import pytest
from adder_checks.disk.patience import Patience
from datadog_checks.base import ConfigurationError

KIB = 1024


def mount(device, mountpoint, fstype="ext4"):
    return SimpleNamespace(device=device, mountpoint=mountpoint, fstype=fstype, opts="rw")


MOUNTS = [
    mount("/dev/sda1", "/"),
    mount("/dev/sda1", "/var/lib/bind"),
    mount("/dev/sdb1", "/home", "xfs"),
    mount("server:/export", "/srv/export", "nfs4"),
    mount("proc", "/proc", "proc"),
    mount("tmpfs", "/run", "tmpfs"),
    mount("systemd-1", "/misc", "autofs"),
    mount("none", "/odd"),
]


@pytest.fixture
def machine(monkeypatch):
    """A machine with MOUNTS; every filesystem is 100 KiB large, proc is empty."""

    def usage(mountpoint):
        if mountpoint == "/proc":
            return SimpleNamespace(total=0, used=0, free=0, percent=0)
        if mountpoint == "/misc":
            pytest.fail("autofs was asked, which mounts it")
        return SimpleNamespace(total=100 * KIB, used=30 * KIB, free=60 * KIB, percent=33.3)

    monkeypatch.setattr(psutil, "disk_partitions", lambda all: MOUNTS)
    monkeypatch.setattr(psutil, "disk_usage", usage)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_files=200, f_ffree=150))


def devices(run):
    return {tag.partition(":")[2] for tags in run.tags() for tag in tags if tag.startswith("device:")}


def test_metrics_of_a_device(make, run, machine):
    result = run(make("disk"))
    assert set(result.types().values()) == {"gauge"}
    assert result.values("device:/dev/sdb1", "device_name:sdb1") == pytest.approx(
        {
            "system.disk.total": 100,
            "system.disk.used": 30,
            "system.disk.free": 60,
            "system.disk.utilized": 33.3,
            "system.disk.in_use": 0.333,
            "system.fs.inodes.total": 200,
            "system.fs.inodes.used": 50,
            "system.fs.inodes.free": 150,
            "system.fs.inodes.utilized": 25,
            "system.fs.inodes.in_use": 0.25,
        }
    )


def test_no_inode_metrics_without_inodes(make, run, machine, monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_files=0, f_ffree=0))
    assert not [name for name in run(make("disk")).names() if "inodes" in name]


@pytest.mark.parametrize(
    "instance, expected",
    [
        ({}, {"/dev/sda1", "/dev/sdb1", "server:/export"}),
        ({"use_mount": True}, {"/", "/var/lib/bind", "/home", "/srv/export"}),
        ({"file_system_exclude": ["NFS"]}, {"/dev/sda1", "/dev/sdb1"}),
        ({"file_system_include": ["xfs$"]}, {"/dev/sdb1"}),
        ({"device_exclude": ["/dev/sda"]}, {"/dev/sdb1", "server:/export"}),
        ({"device_include": "/dev/sd[ab]"}, {"/dev/sda1", "/dev/sdb1"}),
        ({"mount_point_exclude": ["/home$", "/srv"]}, {"/dev/sda1"}),
        ({"mount_point_include": ["/home$"]}, {"/dev/sdb1"}),
        ({"device_include": ["/dev"], "mount_point_exclude": ["/home"]}, {"/dev/sda1"}),
        ({"min_disk_size": 1}, set()),
    ],
)
def test_selection(make, run, machine, instance, expected):
    assert devices(run(make("disk", instance))) == expected


def test_global_exclude_is_replaced(make, run, machine):
    init_config = {"file_system_global_exclude": ["autofs$", "ext4$"]}
    assert devices(run(make("disk", {}, init_config))) == {"/dev/sdb1", "server:/export", "tmpfs"}


def test_only_physical_devices(make, run, machine, monkeypatch):
    asked = []
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: asked.append(all) or [])
    run(make("disk", {"include_all_devices": False}))
    assert asked == [False]


def test_extra_tags(make, run, machine):
    instance = {
        "tags": ["role:test"],
        "tag_by_filesystem": True,
        "device_tag_re": {"/dev/sda": "type:ssd, size:large"},
    }
    tags = {tags[0]: sorted(tags[1:]) for tags in run(make("disk", instance)).tags()}
    common = ["filesystem:ext4", "ext4", "role:test", "device_name:sda1"]
    assert tags["device:/dev/sda1"] == sorted([*common, "type:ssd", "size:large"])
    assert "type:ssd" not in tags["device:/dev/sdb1"]


@pytest.mark.parametrize("option", ["file_system_include", "device_exclude", "mount_point_exclude"])
def test_bad_regex_is_refused(make, option):
    with pytest.raises(ConfigurationError, match=f"`{option}` holds what is not a regular expression"):
        make("disk", {option: ["("]})


@pytest.mark.parametrize("error", [PermissionError("denied"), FileNotFoundError("gone"), OSError(116, "stale")])
def test_a_mount_that_fails_is_skipped(make, run, machine, monkeypatch, error):
    usage = psutil.disk_usage

    def failing(mountpoint):
        if mountpoint == "/home":
            raise error
        return usage(mountpoint)

    monkeypatch.setattr(psutil, "disk_usage", failing)
    result = run(make("disk"))
    assert devices(result) == {"/dev/sda1", "server:/export"}
    assert result.warnings == []


def test_a_mount_that_hangs_is_skipped_and_not_asked_again(make, run, machine, monkeypatch):
    usage, back, asked = psutil.disk_usage, threading.Event(), []

    def hanging(mountpoint):
        if mountpoint == "/srv/export":
            asked.append(mountpoint)
            back.wait(30)
        return usage(mountpoint)

    monkeypatch.setattr(psutil, "disk_usage", hanging)
    check = make("disk", {"timeout": 0.05})
    for warning in ("no answer within 0.05 seconds", "still no answer"):
        result = run(check)
        assert devices(result) == {"/dev/sda1", "/dev/sdb1"}
        assert [warning in text and "/srv/export" in text for text in result.warnings] == [True]
    assert len(asked) == 1

    back.set()
    check.ask.hanging["/srv/export"].join(5)
    assert "server:/export" in devices(run(check))
    assert len(asked) == 2


def test_patience_gives_results_and_errors_through():
    patience = Patience(lambda value: 10 // value, 5)
    assert patience(5) == 2
    with pytest.raises(ZeroDivisionError):
        patience(0)


def test_root_of_this_machine(make, run):
    result = run(make("disk", {"use_mount": True, "mount_point_include": ["/$"]}))
    if all(mount.mountpoint != "/" for mount in psutil.disk_partitions(all=True)):
        # In a chroot the root is a folder of some file system, and no mount.
        assert result.values("device:/") == {}
        return
    usage = psutil.disk_usage("/")
    assert result.values("device:/")["system.disk.total"] == usage.total / KIB
    assert result.values("device:/")["system.disk.free"] == pytest.approx(usage.free / KIB, rel=0.05)
