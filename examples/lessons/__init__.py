"""Lessons on back-propagation: pages whose formulas, numbers and pictures are computed."""
