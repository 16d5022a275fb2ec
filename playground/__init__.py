"""The Django side: accounts, networks, runs, probes and the Lab page."""
