"""Files: graphs as JSON, and emitted source read back."""
