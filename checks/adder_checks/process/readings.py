"""What is read of a single process: each reader gives metrics and their values."""

import time

import psutil


def cpu(process):
    percent = process.cpu_percent()
    return {"cpu.pct": percent, "cpu.normalized_pct": percent / psutil.cpu_count()}


def memory(process):
    info = process.memory_info()
    return {
        "mem.rss": info.rss,
        "mem.real": info.rss - info.shared,
        "mem.vms": info.vms,
        "mem.pct": process.memory_percent(),
    }


def threads(process):
    return {"threads": process.num_threads()}


def open_files(process):
    return {"open_file_descriptors": process.num_fds()}


def context_switches(process):
    switches = process.num_ctx_switches()
    return {
        "voluntary_ctx_switches": switches.voluntary,
        "involuntary_ctx_switches": switches.involuntary,
    }


def reads_and_writes(process):
    io = process.io_counters()
    return {
        "ioread_count": io.read_count,
        "iowrite_count": io.write_count,
        "ioread_bytes": io.read_bytes,
        "iowrite_bytes": io.write_bytes,
    }


def age(process):
    # The kernel's clock may be a moment ahead of ours.
    return {"run_time": max(0, time.time() - process.create_time())}


READERS = (cpu, memory, threads, open_files, context_switches, reads_and_writes, age)
