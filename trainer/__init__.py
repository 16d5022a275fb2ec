"""The PyTorch side of Playground: networks, jobs and what a training says. Plain Python, no web."""
