"""The playground: a page on localhost where formulas are typed and derivatives appear."""
