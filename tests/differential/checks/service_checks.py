from datadog_checks.base import AgentCheck


class ServiceChecks(AgentCheck):
    """Every status; messages with secrets hidden."""

    def check(self, instance):
        self.register_secret("hunter2")
        for status in (self.OK, self.WARNING, self.CRITICAL, self.UNKNOWN):
            message = "" if status == self.OK else "state %d with hunter2" % status
            self.service_check("svc.state", status, tags=["s:%d" % status], message=message)
        self.service_check("svc.host", self.CRITICAL, hostname="other", message=None)
