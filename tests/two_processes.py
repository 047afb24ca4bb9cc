"""What the two processes of test_parallel do, and what one process does in their place.

`python two_processes.py FOLDER` starts the second process itself; each writes what it came to into FOLDER.
"""

import sys
from pathlib import Path

import torch
from trainers import IMAGES, LABELS, TRAINERS, conditional_gan, conditional_vae

import gencourse as gc
from gencourse.training import parallel

BATCH, STEPS, HALF = 8, 20, 10
SMOOTH = ["mlp-gan-ema", "wgan-gp", "binarized-vae", "labelled-gan"]  # rounding stays small for 20 steps of these
MAKERS = TRAINERS | {"labelled-gan": conditional_gan, "labelled-vae": conditional_vae}


def start(name, fabric, **options):
    """A trainer of that name and its data: this process's share."""
    rank, world = parallel.place(fabric)
    labels = LABELS if name.startswith("labelled") else None
    trainer = MAKERS[name](fabric=fabric, **options)
    return trainer, gc.Batches(IMAGES, BATCH, device="cpu", labels=labels, rank=rank, world=world)


def go_on(trainer, batches, steps):
    """`steps` steps, in the default type: float64 leaves the rounding of sums out of account. Returns the history."""
    history = []
    while len(history) < steps:
        for batch in batches:
            x, *labels = batch if isinstance(batch, tuple) else (batch,)
            scores = trainer.step(x.to(torch.get_default_dtype()), *labels)
            history.append({name: float(value) for name, value in scores.items()})
            if len(history) == steps:
                break
    return history


def trained(fabric, names=MAKERS, folder=None):
    """Of every trainer the state after 20 steps, what its steps returned, and the place in the data.

    With a folder, the first process saves each trainer there after 10 steps.
    """
    out = {}
    for name in names:
        trainer, batches = start(name, fabric)
        history = go_on(trainer, batches, HALF)
        if folder and fabric.is_global_zero:
            trainer.save(folder / f"{name}.pt", batches)
        history += go_on(trainer, batches, STEPS - HALF)
        out[name] = {"state": trainer.state_dict(), "history": history, "batches": batches.state_dict()}
    return out


def resumed(fabric, folder):
    """Of every trainer the state after the last 10 steps, in a new trainer that loads what the first process saved."""
    out = {}
    for name in MAKERS:
        trainer, batches = start(name, fabric, seed=99)
        trainer.load(folder / f"{name}.pt", batches)
        go_on(trainer, batches, STEPS - HALF)
        out[name] = trainer.state_dict()
    return out


def drawn(fabric):
    """Images of two models, 7 of them, which two processes cannot share equally, and distances."""
    torch.manual_seed(0)
    model, conditional = gc.ConvGenerator(z_dim=4, width=4), gc.ConvVAE(latent_dim=3, width=4, classes=10)
    return {
        "images": parallel.sample(model, 7, fabric, seed=3),
        "classes": parallel.sample(conditional, 7, fabric, seed=3),
        "labels": parallel.sample(conditional, 7, fabric, seed=3, labels=LABELS[3:10]),
        "one image": parallel.sample(model, 1, fabric),
        "distances": measured(parallel.SharedNet(gc.metrics.feature_net(), fabric)),
    }


def measured(net):
    """Fréchet and kernel distance, precision and recall of two small sets of images, (5,)."""
    images = gc.data.fashion_mnist("test").images
    real, fake = images[:71], images[71:150]
    kid = gc.metrics.kid(real, fake, 5, 50, net=net)
    near = gc.metrics.precision_recall(real, fake, net=net)
    return torch.tensor([gc.metrics.fid(real, fake, net=net), *kid, *near])


def started_apart(fabric):
    """The first weights of a trainer whose network each process drew with another seed."""
    torch.manual_seed(fabric.global_rank)
    trainer = gc.VAETrainer(gc.ConvVAE(latent_dim=3, width=4), fabric=fabric)
    return trainer.state_dict()["parts"]["model"]


def main(folder):
    torch.set_num_threads(1)
    fabric = parallel.launch(2, accelerator="cpu")
    out = {"drawn": drawn(fabric), "started apart": started_apart(fabric), "float32": trained(fabric, SMOOTH)}
    torch.set_default_dtype(torch.float64)
    out["float64"] = trained(fabric, folder=folder)
    fabric.barrier()  # the last file is there
    out["resumed"] = resumed(fabric, folder)
    if fabric.is_global_zero:  # it measures alone: nobody else would answer a question
        out["alone"] = measured(gc.metrics.feature_net())
    torch.save(out, folder / f"{fabric.global_rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
