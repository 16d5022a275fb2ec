"""Runs: jobs that are trained by a worker, their transcripts, and what people ask of them."""
