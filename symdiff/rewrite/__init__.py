"""Rewriting: named rules, and the engine that applies them."""
