"""Training a convolutional VAE on a processor: `gc.fit` against the trainer of pythae [chadebec2022].

    python benchmarks/against_pythae.py

Both train the same two networks with Adam, batch 128. pythae's own trainer runs its own loop over its own loader, whose
images wait in memory as float32, the friendliest case; between two bursts of it `gc.fit` trains.
"""

import contextlib
import logging
import tempfile
from importlib.metadata import version

import record
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import Tensor

import gencourse as gc

BATCH, LATENT, RATE, SEED = 128, 16, 1e-3, 0


class Encoder(BaseEncoder):
    """Our encoder in pythae's clothes."""

    def __init__(self, model: gc.models.VAE):
        super().__init__()
        self.net = model.encoder

    def forward(self, x: Tensor) -> ModelOutput:
        mu, logvar = self.net(2 * x - 1).chunk(2, dim=1)
        return ModelOutput(embedding=mu, log_covariance=logvar)


class Decoder(BaseDecoder):
    """Our decoder in pythae's clothes, which wants means and not logits."""

    def __init__(self, model: gc.models.VAE):
        super().__init__()
        self.net = model.decoder

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.net(z).sigmoid())


def theirs(images: Tensor, folder: str) -> BaseTrainer:
    """pythae's trainer of our networks."""
    model = gc.ConvVAE(latent_dim=LATENT)
    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce")
    training = BaseTrainerConfig(
        output_dir=folder,
        num_epochs=1000,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        optimizer_cls="Adam",
        no_cuda=True,
    )
    return BaseTrainer(
        model=VAE(config, encoder=Encoder(model), decoder=Decoder(model)),
        train_dataset=BaseDataset(images.float() / 255, torch.zeros(len(images))),
        training_config=training,
    )


def main() -> None:
    logging.disable()
    torch.manual_seed(SEED)
    images = gc.data.fashion_mnist("train").images
    our_trainer = gc.VAETrainer(gc.ConvVAE(latent_dim=LATENT), lr=RATE, device="cpu")
    ours = gc.fit(our_trainer, gc.Batches(images, BATCH, device="cpu", seed=SEED), steps=10**9)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(record.Enough):
        trainer = theirs(images, folder)
        turns = trainer.train_loader = record.Turns(trainer.train_loader, ours, seconds=2.0)
        trainer.train()
    facts = {"task": "images per second of training a convolutional VAE on a processor, float32", "seed": SEED}
    facts |= {"pythae": version("pythae"), "conv VAE, batch 128": turns.result()}
    print(record.write("against_pythae", facts).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
