"""People: guests first, an account later; tokens for scripts; one-time sign-in links."""
