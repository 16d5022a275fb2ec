"""Studies: many runs that look for better settings. The database is all that a study is."""
