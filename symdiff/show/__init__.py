"""What people see: text, LaTeX, tables."""
