from datadog_checks.base import AgentCheck


class Metadata(AgentCheck):
    """Metadata, one of it expanded by a transformer."""

    def check(self, instance):
        self.set_metadata("flavor", "vanilla")
        self.set_metadata("version", "1.2.3-rc.4+build.5")
        self.set_metadata("größe", "groß")
