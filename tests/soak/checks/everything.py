"""Calls every function that the runtime offers, in every run."""

import _util
import aggregator
import containers
import datadog_agent
import kubeutil
import tagger
import util

from datadog_checks.base import AgentCheck

MONGO = '{"find": "c", "filter": {"secret": 1}}'
PLAN = '{"Plan": {"Filter": "a = 1", "Total Cost": 3}}'


def resident_kib():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


class Everything(AgentCheck):
    """Writes its size after run 2,000 and after the last one as metadata."""

    runs = 0

    def check(self, instance):
        self.runs += 1
        self.submit()
        self.ask()
        self.obfuscate()
        if self.runs % 50 == 1:
            self.command()
        if self.runs in (2000, instance["last"]):
            self.set_metadata("rss.%d" % self.runs, str(resident_kib()))

    def submit(self):
        tags = ["run:%d" % (self.runs % 3), "größe:1", b"bytes:1", 5, None]
        for kind in range(7):
            aggregator.submit_metric(self, self.check_id, kind, "every.metric", self.runs, tags, "", True)
        aggregator.submit_service_check(self, self.check_id, "every.check", 0, tags, "", "message")
        event = {"msg_title": "title", "msg_text": "text", "tags": tags}
        aggregator.submit_event(self, self.check_id, event)
        bucket = (self, self.check_id, "every.bucket", self.runs, 1.0, 2.0, 1, "", tags, True)
        aggregator.submit_histogram_bucket(*bucket)
        aggregator.submit_histogram_bucket_multi(*bucket)
        aggregator.submit_event_platform_event(self, self.check_id, b"raw\0event", "dbm-samples")
        datadog_agent.set_check_metadata(self.check_id, "name", "value")
        datadog_agent.set_external_tags([("host", {"source": tags})])
        datadog_agent.send_log('{"message": "text"}', self.check_id)
        datadog_agent.emit_agent_telemetry("everything", "metric", 1.0, "gauge")
        datadog_agent.report_issue("everything", '{"id": "issue"}')
        datadog_agent.resolve_issue("issue")
        self.warning("a warning of run %d", self.runs)
        self.diagnosis.success("name", "diagnosis")

    def ask(self):
        assert datadog_agent.get_version()
        assert isinstance(datadog_agent.get_hostname(), str)
        datadog_agent.get_clustername()
        datadog_agent.get_host_tags()
        assert datadog_agent.get_config("proxy") is not None
        assert datadog_agent.get_config("unset") is None
        assert datadog_agent.headers(http_host="h")["Host"] == "h"
        assert util.headers()
        assert datadog_agent.tracemalloc_enabled() is False
        assert datadog_agent.get_process_start_time() > 0
        datadog_agent.log("at trace level", 7)
        datadog_agent.write_persistent_cache("every:key", "value %d" % self.runs)
        assert datadog_agent.read_persistent_cache("every:key") == "value %d" % self.runs
        tagger.tag("container_id://1", tagger.LOW)
        tagger.get_tags("container_id://1", True)
        kubeutil.get_connection_info()
        containers.is_excluded("name", "image", "namespace")

    def obfuscate(self):
        assert "secret" not in datadog_agent.obfuscate_sql("SELECT a FROM t WHERE b = 'secret'")
        assert "secret" not in datadog_agent.obfuscate_sql_exec_plan(PLAN.replace("1", "'secret'"), True)
        datadog_agent.obfuscate_mongodb_string(MONGO)
        for bad in ("", None):
            try:
                datadog_agent.obfuscate_sql(bad)
            except (RuntimeError, TypeError):
                pass

    def command(self):
        out, err, code = _util.subprocess_output(["sh", "-c", "echo out; echo err >&2; exit 3"], False)
        assert (out, err, code) == ("out\n", "err\n", 3)
