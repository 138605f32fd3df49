import yaml

from datadog_checks.base import AgentCheck


class OwnLoadConfig(AgentCheck):
    """A class that reads its configuration itself is asked to."""

    @staticmethod
    def load_config(text):
        loaded = yaml.safe_load(text) or {}
        loaded["seen"] = "by own loader"
        return loaded

    def check(self, instance):
        self.gauge("own.loader", 1, tags=["seen:" + instance["seen"], "init:" + self.init_config["seen"]])
