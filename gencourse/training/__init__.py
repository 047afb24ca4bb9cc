"""One trainer for each algorithm, state and one `step`; and `fit`, the one loop."""

from .gan import GANTrainer
from .loop import fit
from .runs import Run
from .signals import Stopped
from .vae import VAETrainer

__all__ = ["GANTrainer", "Run", "Stopped", "VAETrainer", "fit"]
