"""Ops and functions that users declare: named formulas, ops of their own, and derivative rules."""
