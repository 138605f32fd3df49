from datadog_checks.base import AgentCheck


class UnicodeText(AgentCheck):
    """Text beyond ASCII in every place that takes text."""

    def check(self, instance):
        self.gauge("unicode.größe", 1, tags=["ключ:значение", "絵文字:🐍", "\u00e9:\u0065\u0301"], hostname="höst")
        self.service_check("unicode.svc", 1, message="не работает", tags=["ключ:значение"])
        self.event({"msg_title": "標題", "msg_text": "текст 🐍", "tags": ["ключ:1"], "timestamp": 7})
        self.gauge("unicode.config", 1, tags=["from:" + instance["text"]])
