"""How good are the samples? Distances between sets, likelihood bounds, a task, and people's answers.

Everything here takes images or a model and returns numbers. torchmetrics and SciPy are imported where they
are used.
"""

from .cas import classification_accuracy_score
from .classifier import Classifier, accuracy, train_classifier
from .distances import fid, frechet_distance, kernel_distance, kid, mean_and_cov, psd_sqrt
from .features import FeatureNet, feature_net, features
from .forced_choice import (
    ForcedChoice,
    forced_choice,
    forced_choice_power,
    forced_choice_sheet,
    forced_choice_trials,
)
from .intervals import (
    Interval,
    fid_interval,
    halves_interval,
    kid_interval,
    mean_interval,
    run_interval,
    share_interval,
)
from .likelihood import elbo, iwae_bound
from .neighbours import density_coverage, density_coverage_points, precision_recall, precision_recall_points
from .plane import cell_divergences, modes_covered

__all__ = [
    "Classifier",
    "FeatureNet",
    "ForcedChoice",
    "Interval",
    "accuracy",
    "cell_divergences",
    "classification_accuracy_score",
    "density_coverage",
    "density_coverage_points",
    "elbo",
    "features",
    "feature_net",
    "fid",
    "fid_interval",
    "forced_choice",
    "forced_choice_power",
    "forced_choice_sheet",
    "forced_choice_trials",
    "frechet_distance",
    "halves_interval",
    "iwae_bound",
    "kernel_distance",
    "kid",
    "kid_interval",
    "mean_and_cov",
    "mean_interval",
    "modes_covered",
    "precision_recall",
    "precision_recall_points",
    "psd_sqrt",
    "run_interval",
    "share_interval",
    "train_classifier",
]
