"""A check of the tests' own: INFO of a Redis server, read over its socket."""

import socket

from datadog_checks.base import AgentCheck


class RedisInfo(AgentCheck):
    __NAMESPACE__ = "redis"
    GAUGES = {"used_memory": "mem.used", "connected_clients": "net.clients"}
    COUNTS = {"total_commands_processed": "net.commands"}

    def check(self, instance):
        tags = ["port:%d" % instance["port"]]
        try:
            info = self.info(instance)
        except OSError as e:
            self.service_check("can_connect", self.CRITICAL, tags=tags, message=str(e))
            raise
        self.service_check("can_connect", self.OK, tags=tags)
        self.set_metadata("version", info["redis_version"])
        for key, name in self.GAUGES.items():
            self.gauge(name, int(info[key]), tags=tags)
        for key, name in self.COUNTS.items():
            self.monotonic_count(name, int(info[key]), tags=tags)

    @staticmethod
    def info(instance):
        with socket.create_connection(("127.0.0.1", instance["port"]), timeout=5) as connection:
            stream = connection.makefile("rwb")
            stream.write(b"INFO\r\n")
            stream.flush()
            length = int(stream.readline()[1:])
            text = stream.read(length).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
