"""A study looks for better settings: it tries jobs that differ in some fields, each a training of its own."""
