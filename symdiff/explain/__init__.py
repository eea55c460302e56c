"""Derivations as lecture notes write them, from the record of the pass that was taken."""
