"""Derivatives: passes that append nodes to the graph."""
