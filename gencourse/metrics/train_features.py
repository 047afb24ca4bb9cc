"""Train the feature net on all 60,000 images and ship it: `python -m gencourse.metrics.train_features`.

About a minute on one core. `--root FOLDER` names the folder of the four `.gz` files; without it they are
found or downloaded as `gc.data.fashion_mnist(full=True)` does.
"""

import argparse

from torch import Tensor

from ..assets import half, store_weights
from ..assets.provenance import made_on
from ..data import fashion_mnist
from .classifier import accuracy, train_classifier
from .features import FeatureNet

COMMAND = "python -m gencourse.metrics.train_features"


def train(images: Tensor, labels: Tensor, steps: int, seed: int) -> FeatureNet:
    """A feature net trained and standardised on `images`, its weights rounded as they will be stored."""
    classifier = train_classifier(images, labels, steps, seed, batch_size=256, lr=3e-3, device="cpu")
    net = FeatureNet(classifier).standardise(images)
    net.load_state_dict({key: half(key, t) for key, t in net.state_dict().items()})
    return net


def main(argv: list[str] | None = None) -> float:
    """Train, measure on the test images, store the weights and their facts; returns the accuracy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="the folder of the four Fashion-MNIST .gz files")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    origin = made_on("cpu")  # before: the checkout may move on while it trains
    images, labels, _ = fashion_mnist("train", full=True, root=args.root)
    test, test_labels, _ = fashion_mnist("test", full=True, root=args.root)
    net = train(images, labels, args.steps, args.seed)
    score = accuracy(net.classifier, test, test_labels)
    facts = {
        "accuracy": round(score, 4),
        "test_images": len(test),
        "train_images": len(images),
        "steps": args.steps,
        "seed": args.seed,
        **origin,
        "command": f"{COMMAND} --steps {args.steps} --seed {args.seed}",
    }
    file = store_weights("features", net.state_dict(), facts)
    print(f"test accuracy {score:.4f} on {len(test):,} images; written to {file}")
    return score


if __name__ == "__main__":
    main()
