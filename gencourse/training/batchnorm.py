"""BatchNorm over the whole batch, where several processes hold a share of it each."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class GlobalBatchNorm(_BatchNorm):
    """BatchNorm whose mean and variance, in training, are those of the examples of all processes [ioffe2015].

    torch's own SyncBatchNorm does this on CUDA alone. Here each statistic is one mean over processes, forwards and
    backwards, on any device. In evaluation it is the BatchNorm that it was.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        axes = [0, *range(2, x.ndim)]
        h = x.to(self.running_mean.dtype)  # statistics of bfloat16 activations need the full precision
        mean = MeanOverProcesses.apply(h.mean(axes, keepdim=True))
        var = MeanOverProcesses.apply((h - mean).square().mean(axes, keepdim=True))
        self.remember(mean.detach().flatten(), var.detach().flatten(), dist.get_world_size() * h[:, 0].numel())
        weight, bias = self.weight.view(mean.shape), self.bias.view(mean.shape)
        return torch.addcmul(bias, (h - mean) * (var + self.eps).rsqrt(), weight).to(x.dtype)

    def remember(self, mean: Tensor, var: Tensor, count: int) -> None:
        """Move the running statistics towards those of `count` values, the variance without bias."""
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * count / (count - 1), self.momentum)

    def _check_input_dim(self, x: Tensor) -> None:
        """Any number of axes will do."""


class MeanOverProcesses(torch.autograd.Function):
    """The mean of a tensor over all processes; its gradient is the mean of theirs."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total / dist.get_world_size()

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return MeanOverProcesses.apply(grad)


def has_batch_norm(module: nn.Module) -> bool:
    """Whether a BatchNorm mixes the examples of a batch."""
    return any(isinstance(layer, _BatchNorm) for layer in module.modules())


def share_statistics(module: nn.Module) -> None:
    """Turn every BatchNorm of `module` into a `GlobalBatchNorm`, in place.

    The class of the layer alone changes, so that its weights, the caller's module and old checkpoints stay valid.

    Raises:
        ValueError: a BatchNorm without weights, running statistics or momentum.
    """
    for layer in module.modules():
        if isinstance(layer, _BatchNorm):
            if not (layer.affine and layer.track_running_stats and layer.momentum):
                raise ValueError("several processes need BatchNorm with affine, track_running_stats and momentum")
            layer.__class__ = GlobalBatchNorm
