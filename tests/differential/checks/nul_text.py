from datadog_checks.base import AgentCheck


class NulText(AgentCheck):
    """NUL inside text: tags are cut there, names are refused by the argument parser."""

    def check(self, instance):
        self.gauge("nul.tag", 1, tags=["a\0b:1", "plain:1"])
        try:
            self.gauge("nul.na\0me", 1)
        except ValueError as e:
            self.gauge("nul.refused", 1, tags=["error:%s" % e])
