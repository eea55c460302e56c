"""Documents written out: as text, as LaTeX, and as HTML with MathML."""
