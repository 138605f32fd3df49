from datadog_checks.base import AgentCheck


class Device(AgentCheck):
    """The old device_name argument."""

    def check(self, instance):
        self.gauge("device.used", 1, tags=["a:1"], device_name="/dev/sda1")
