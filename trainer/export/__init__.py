"""What leaves the playground: a network and its training as Python that stands alone."""

from trainer.export.keras import keras_script
from trainer.export.notebook import notebook
from trainer.export.onnx import onnx
from trainer.export.pocket import pocket
from trainer.export.script import Script, pytorch_script

FORMATS = ("pytorch", "notebook", "keras")

__all__ = ["FORMATS", "Script", "keras_script", "notebook", "onnx", "pocket", "pytorch_script"]
