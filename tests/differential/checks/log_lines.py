from datadog_checks.base import AgentCheck


class LogLines(AgentCheck):
    """Log lines sent by the check itself."""

    def check(self, instance):
        self.send_log({"message": "größe", "timestamp": 1700000000.5, "level": "error"})
        self.send_log({"message": "second"}, cursor={"at": 2})
        self.gauge("log.cursor", self.get_log_cursor()["at"])
