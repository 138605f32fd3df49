import psutil
from datadog_checks.base import AgentCheck, datadog_agent

SECTOR = 512


class IoCheck(AgentCheck):
    """How busy the block devices are, in the figures of `iostat -x`.

    The kernel counts since boot. What is a count per second is handed over as a
    rate, so the difference is taken for us; what is an average per request needs
    the counts of the run before, which this check keeps. Both appear from the
    second run on. Devices that never did a request are left out.

    Metrics:
        system.io.r_s        rate   request/second  reads
        system.io.w_s        rate   request/second  writes
        system.io.rrqm_s     rate   request/second  reads merged with a neighbour
        system.io.wrqm_s     rate   request/second  writes merged with a neighbour
        system.io.rkb_s      rate   KiB/second      read
        system.io.wkb_s      rate   KiB/second      written
        system.io.util       rate   percent         time with at least one request under way
        system.io.avg_q_sz   rate   request         requests under way on average
        system.io.avg_rq_sz  gauge  sector          size of a request, in 512 bytes
        system.io.await      gauge  millisecond     from queueing a request to its end
        system.io.r_await    gauge  millisecond     the same for reads
        system.io.w_await    gauge  millisecond     the same for writes

    Tags: device:sda, device_name:sda and the instance's own.
    """

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        psutil.PROCFS_PATH = datadog_agent.get_config("procfs_path") or "/proc"
        self.tags = self.instance.get("tags") or []
        self.last_counters = {}

    def check(self, _):
        # A machine without block devices gives None.
        counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        for device, now in counters.items():
            if now.read_count + now.write_count == 0:
                continue
            tags = [f"device:{device}", f"device_name:{device}", *self.tags]
            self.report_rates(now, tags)
            if device in self.last_counters:
                self.report_averages(self.last_counters[device], now, tags)
        self.last_counters = counters

    def report_rates(self, now, tags):
        self.rate("system.io.r_s", now.read_count, tags=tags)
        self.rate("system.io.w_s", now.write_count, tags=tags)
        self.rate("system.io.rrqm_s", now.read_merged_count, tags=tags)
        self.rate("system.io.wrqm_s", now.write_merged_count, tags=tags)
        self.rate("system.io.rkb_s", now.read_bytes / 1024, tags=tags)
        self.rate("system.io.wkb_s", now.write_bytes / 1024, tags=tags)
        # Milliseconds per second: a device that is always busy gains 1000.
        self.rate("system.io.util", now.busy_time / 10, tags=tags)
        # Two requests under way together gain two milliseconds per millisecond.
        self.rate("system.io.avg_q_sz", (now.read_time + now.write_time) / 1000, tags=tags)

    def report_averages(self, before, now, tags):
        reads = now.read_count - before.read_count
        writes = now.write_count - before.write_count
        read_time = now.read_time - before.read_time
        write_time = now.write_time - before.write_time
        # A count restarts when a new device takes the name, a time after 49 days of reading.
        if min(reads, writes, read_time, write_time) < 0:
            return
        sectors = (now.read_bytes + now.write_bytes - before.read_bytes - before.write_bytes) / SECTOR

        self.gauge("system.io.avg_rq_sz", per_request(sectors, reads + writes), tags=tags)
        self.gauge("system.io.await", per_request(read_time + write_time, reads + writes), tags=tags)
        self.gauge("system.io.r_await", per_request(read_time, reads), tags=tags)
        self.gauge("system.io.w_await", per_request(write_time, writes), tags=tags)


def per_request(total, requests):
    return total / requests if requests else 0
