"""A parcel: a whole run as one file, which another playground opens: job, transcript, weights, full state.

Whoever sent it may mean harm: nothing in it is run, no name in it becomes a path, and nothing is unfolded
beyond what its own job allows.
"""

from trainer.parcel.container import write
from trainer.parcel.contents import Parcel, open_parcel

__all__ = ["Parcel", "open_parcel", "write"]
