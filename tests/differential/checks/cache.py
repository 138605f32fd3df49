from datadog_checks.base import AgentCheck


class Cache(AgentCheck):
    """The persistent cache, with text of every sort."""

    def check(self, instance):
        self.gauge("cache.before", len(self.read_persistent_cache("never written")))
        for key, value in (("plain", "text"), ("uni", "größe 🐍\n2"), ("empty", ""), ("json", '{"a": [1, 2]}')):
            self.write_persistent_cache(key, value)
            self.gauge("cache.same", int(self.read_persistent_cache(key) == value), tags=["key:" + key])
        self.write_persistent_cache("plain", "other")
        self.gauge("cache.replaced", 1, tags=["value:" + self.read_persistent_cache("plain")])
