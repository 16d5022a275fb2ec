"""The Lab page, and what answers about the server's health."""
