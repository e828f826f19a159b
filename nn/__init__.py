"""Neural nets on scalar Values: modules, layers, losses, optimizers.

>>> import nn
>>> model = nn.MLP(2, [4, 1], activation="tanh", rng=0)
>>> optimizer = nn.SGD(model.parameters(), lr=0.1)
>>> loss = nn.losses.mean_squared_error(model([0.5, -1.0]), 1.0)
>>> loss.backward()
>>> optimizer.step()
"""

from autograd import __version__
from nn import adversarial, losses, noise, schedules
from nn.activations import ACTIVATIONS, PReLU
from nn.attention import Embedding, SelfAttention
from nn.containers import MLP, Flatten, Residual, Sequential
from nn.convolution import Conv1d, Conv2d
from nn.dense import Layer, Linear, Maxout, Neuron
from nn.initializers import INITIALIZERS
from nn.looking import saliency, sharpness
from nn.module import Module
from nn.noise import Dropout
from nn.normalization import BatchNorm, LayerNorm, RMSNorm
from nn.optimizer import Optimizer
from nn.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    RMSprop,
    clip_norm,
    clip_value,
)
from nn.perceptron import Perceptron
from nn.pooling import AvgPool2d, MaxPool2d
from nn.recurrent import GRU, LSTM, RNN
from nn.state import StateError
from nn.training.course import NotFiniteError
from nn.training.evaluate import evaluate
from nn.training.fit import fit
from nn.training.history import History

__all__ = [
    "ACTIVATIONS", "GRU", "INITIALIZERS", "LSTM", "MLP", "OPTIMIZERS", "RNN", "SGD",
    "Adagrad", "Adam", "AdamW", "AvgPool2d", "BatchNorm", "Conv1d", "Conv2d", "Dropout",
    "Embedding", "Flatten", "History", "Layer", "LayerNorm", "Linear", "Lion",
    "MaxPool2d", "Maxout", "Module", "Neuron", "NotFiniteError", "Optimizer", "PReLU",
    "Perceptron", "RMSNorm", "RMSprop", "Residual", "SelfAttention", "Sequential",
    "StateError", "__version__", "adversarial", "clip_norm", "clip_value", "evaluate",
    "fit", "losses", "noise", "saliency", "schedules", "sharpness",
]  # fmt: skip
