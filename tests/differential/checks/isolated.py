from datadog_checks.base import AgentCheck


class Isolated(AgentCheck):
    """Runs in a process of its own, which sends back by name and arguments what it submits and asks."""

    def check(self, instance):
        self.gauge("isolated.gauge", 1.5, tags=["a:1", b"b:2"], hostname="elsewhere")
        self.monotonic_count("isolated.count", 7, flush_first_value=True)
        self.submit_histogram_bucket("isolated.bucket", 4, 0.5, 2.5, True, "", ["t:1"])
        self.service_check("isolated.service", self.WARNING, tags=["s:1"], message="größe")
        self.event({"msg_title": "title", "msg_text": "text", "timestamp": 5, "tags": ["e:1"]})
        self.database_monitoring_query_sample('{"q": 1}')
        self.set_metadata("flavor", "vanilla")
        self.set_external_tags([("host-a", {"source": ["x:1"]})])
        self.write_persistent_cache("key", "größe")
        self.gauge("isolated.cached", 1, tags=["value:" + self.read_persistent_cache("key")])
        self.gauge("isolated.id", 1, tags=["name:" + self.check_id.split(":")[0]])
