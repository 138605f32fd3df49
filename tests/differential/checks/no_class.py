"""A module without a check."""

ANSWER = 42
