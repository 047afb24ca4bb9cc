"""gencourse: norms, GANs and VAEs step by step, on real images.

`import gencourse as gc` gives every public name. Modules load when they are first used, so that the import itself
costs little more than `import torch`.
"""

from importlib import import_module

# The public name on the left lives in the module on the right.
_HOME = {
    "GANTrainer": "training",
    "VAETrainer": "training",
    "fit": "training",
    "Batches": "data",
    "MLPGenerator": "models",
    "MLPDiscriminator": "models",
    "ConvGenerator": "models",
    "ConvDiscriminator": "models",
    "MLPVAE": "models",
    "ConvVAE": "models",
    "load": "recipes",
    "claim": "claims",
    "show": "literate",
    "check": "literate",
}
_MODULES = "norms losses models data metrics training recipes plots claims literate widgets".split()

__all__ = [*_MODULES, *_HOME]
__version__ = "0.1.0"


def __getattr__(name: str):
    """Import the module that holds `name` on first use (PEP 562)."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gencourse' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
