from datadog_checks.base import AgentCheck


class Base(AgentCheck):
    """Has a subclass here, so it is not the one."""

    which = "base"

    def check(self, instance):
        self.gauge("two.which", 1, tags=["class:" + self.which])


class Leaf(Base):
    which = "leaf"
