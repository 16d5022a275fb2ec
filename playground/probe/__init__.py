"""Looking: what every layer makes of a digit, answered by a few threads of the web process."""
