"""Tasks: what is asked of a network. One small class each; a new one needs nothing but its class."""

from trainer.tasks.base import Measure, Task, kinds
from trainer.tasks.classes import Classify

__all__ = ["Classify", "Measure", "Task", "kinds"]
