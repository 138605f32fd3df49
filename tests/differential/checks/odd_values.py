from decimal import Decimal
from fractions import Fraction

from datadog_checks.base import AgentCheck


class OddValues(AgentCheck):
    """Values that are floats only with some goodwill, or not at all."""

    def check(self, instance):
        for label, value in (
            ("int", 3),
            ("bool", True),
            ("text", "3.5"),
            ("none", None),
            ("decimal", Decimal("1.25")),
            ("fraction", Fraction(1, 3)),
            ("big", 2**70),
            ("tiny", 5e-324),
            ("negative_zero", -0.0),
        ):
            self.gauge("odd." + label, value)
        try:
            self.gauge("odd.huge", 10**400)
        except OverflowError:
            self.gauge("odd.huge_refused", 1)
