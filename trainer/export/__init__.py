"""What leaves the playground: a network and its training as Python that stands alone."""

from trainer.export.notebook import notebook
from trainer.export.script import Script, pytorch_script

FORMATS = ("pytorch", "notebook")

__all__ = ["FORMATS", "Script", "notebook", "pytorch_script"]
