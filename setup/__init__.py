"""What ./play, ./test and .ci/run need before anything is installed: standard library only."""
