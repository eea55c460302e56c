"""Pages: that of a derivation, and the playground on localhost, where formulas are typed."""
