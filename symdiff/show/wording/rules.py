"""The names of rewrite rules in other languages."""

CHINESE: dict[str, str] = {}
"""By the rule's own name, which is English."""


def rule_name(rule: str, language: str) -> str:
    """What a rule is called."""
    return CHINESE.get(rule, rule) if language == "zh" else rule
