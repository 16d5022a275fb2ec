"""Networks that people keep: saved as they work, named, forked, shared, deleted and brought back."""
