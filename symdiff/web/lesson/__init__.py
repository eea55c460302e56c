"""The page of a derivation: one file with pictures to step through, which needs no network."""
