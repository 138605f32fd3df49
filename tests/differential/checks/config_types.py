from datadog_checks.base import AgentCheck


class ConfigTypes(AgentCheck):
    """What YAML 1.1 makes of its scalars, as the check sees it."""

    def check(self, instance):
        for key in sorted(instance["values"], key=str):
            value = instance["values"][key]
            self.gauge("config", 1, tags=["key:%s" % key, "type:" + type(value).__name__, "value:%r" % (value,)])
        self.gauge("init", len(self.init_config))
