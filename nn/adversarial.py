"""Non-robustness: inputs changed so little that nobody sees it, and a net fails."""

from typing import Any

import numpy as np

from nn.checks import at_least_zero
from nn.examples import Loss, loss_at
from nn.looking import Net, Vector, saliency

__all__ = ["fgsm"]


def fgsm(model: Net, loss: Loss, x: Any, target: Any, epsilon: float) -> Vector:
    """Change each number of an input by `epsilon`, to where the loss grows.

    Of all changes of at most `epsilon` in each number, this raises a linear loss most.
    Call `model.eval()` first where training is another thing, as with Dropout. No
    parameter and no gradient of one changes.

    Args:
        model: what is attacked.
        loss: of a prediction and a target, such as `nn.losses.cross_entropy`.
        x: one example; the changed one is an array of this shape.
        target: the right answer to it; for a targeted attack negate the loss of
            another answer.
        epsilon: the size of the change, at least 0.

    Source: Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial
    examples", 2015, section 4: the fast gradient sign method.

    >>> import nn
    >>> net = nn.Neuron(2, init=lambda source, n_in, n_out: 2.0)
    >>> fgsm(net, nn.losses.mean_squared_error, [1.0, 1.0], 3.0, epsilon=0.25)
    array([1.25, 1.25])
    """
    epsilon = at_least_zero("epsilon", epsilon)
    slopes = saliency(lambda x: loss_at(model, loss, x, target), x, lambda cost: cost)
    return np.asarray(x, np.float64) + epsilon * np.sign(slopes)
