from datadog_checks.base import AgentCheck


class Diagnoses(AgentCheck):
    """Diagnoses made during the run and an explicit one."""

    def __init__(self, name, init_config, instances):
        super().__init__(name, init_config, instances)
        self.diagnosis.register(self.look)

    def look(self):
        self.diagnosis.fail("look", "it is dark", "category", "a description", "a remedy", "raw: \"quoted\"")

    def check(self, instance):
        self.diagnosis.success("run", "all well")
