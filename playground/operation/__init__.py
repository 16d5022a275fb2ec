"""How the server is doing, and what keeps it tidy."""
