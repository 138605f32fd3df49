from datadog_checks.base import AgentCheck


class Buckets(AgentCheck):
    """Histogram buckets, monotonic and not."""

    def check(self, instance):
        submit = self.submit_histogram_bucket
        submit("bucket.plain", 4, 10, 20, False, "", ["a:1"])
        submit("bucket.monotonic", 7, 0.5, float("inf"), True, "host", ["upper_bound:inf"])
        submit("bucket.first", 7.9, -1, 2.25, True, "", [], flush_first_value=True)
        submit("bucket.multi", 3, 0, 1, True, "", ["t:1"], multiple_buckets=True)
        submit("bucket.none", None, 0, 1, True, "", [])
