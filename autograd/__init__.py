"""A scalar autograd engine that shows where gradients come from.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad
(15.0, 8.0)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from autograd import functions, value
from autograd.batches import batch_mean, one_example, tell
from autograd.calculus import (
    derivative,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.collecting import collector_paused
from autograd.errors import (
    AnomalyError,
    BranchError,
    GradientError,
    LeavingWarning,
)
from autograd.fast.backward import give_fast_backward
from autograd.fast.dots import dot_with
from autograd.fast.functions import give_fast_functions
from autograd.fast.methods import give_fast_methods
from autograd.graph import Edge, Graph
from autograd.leaves import parameter
from autograd.listening.guarding import guarded_call
from autograd.listening.leaving import Leaving
from autograd.listening.watching import Watched
from autograd.ops import OPS, Op
from autograd.parameters import Parameters
from autograd.protocols.arrays import give_array_protocol
from autograd.protocols.builtins import give_pythons_forms
from autograd.protocols.copying import give_copying
from autograd.protocols.joining import give_conjunctions
from autograd.recorded import StaleGraphError
from autograd.recording import Recorder, no_grad
from autograd.scopes import scope
from autograd.taking import take
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.checking.check import check_gradients
    from autograd.checking.table import GradientCheck
    from autograd.diagnosing.anomaly import detect_anomaly
    from autograd.diagnosing.diagnose import Diagnosis, diagnose
    from autograd.diagnosing.finding import Finding
    from autograd.diagnosing.lint import Lint, lint
    from autograd.diagnosing.training import TrainingDiagnosis, diagnose_training
    from autograd.explaining.formulas import formula, latex, latex_derivative
    from autograd.explaining.ledger import ledger
    from autograd.explaining.paths import Explanation, explain
    from autograd.explaining.pruning import smallest_subgraph
    from autograd.explaining.replaying import what_if
    from autograd.explaining.transcript import transcript
    from autograd.listening.origins import record_sources
    from autograd.program.calling.composite import opened
    from autograd.program.compiled import compiled
    from autograd.program.looking.groups import Group
    from autograd.program.program import Program

# What the core does without: a guard, Python's ways to call, quicker operators, NumPy's
# functions, copies, comparisons joined.
Recorder.of_a_call = Leaving
give_pythons_forms(vars(functions))
give_fast_methods(Value)
give_fast_functions(vars(functions))
give_fast_backward(vars(value))
give_array_protocol(Value)
give_copying(Value, Graph, Op)
give_conjunctions(Value)

from autograd.functions import *  # noqa: E402, F403 - the quick ones, by its __all__

__version__ = "0.1.0"  # that of the distribution, which holds all four packages

__all__ = [
    "OPS",
    "AnomalyError",
    "BranchError",
    "Diagnosis",
    "Edge",
    "Explanation",
    "Finding",
    "GradientCheck",
    "GradientError",
    "Graph",
    "Group",
    "LeavingWarning",
    "Lint",
    "Op",
    "Parameters",
    "Program",
    "StaleGraphError",
    "TrainingDiagnosis",
    "Value",
    "Watched",
    "__version__",
    "batch_mean",
    "check_gradients",
    "collector_paused",
    "compiled",
    "derivative",
    "detect_anomaly",
    "diagnose",
    "diagnose_training",
    "dot_with",
    "explain",
    "formula",
    "grad",
    "gradients",
    "guarded_call",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "latex",
    "latex_derivative",
    "ledger",
    "lint",
    "no_grad",
    "one_example",
    "opened",
    "parameter",
    "record_sources",
    "scope",
    "smallest_subgraph",
    "take",
    "tell",
    "transcript",
    "value_and_grad",
    "vjp",
    "what_if",
]
__all__ += functions.__all__

# The compiler and the checks are larger than the engine: they load when first used.
_LATER = {
    "Diagnosis": "autograd.diagnosing.diagnose",
    "Explanation": "autograd.explaining.paths",
    "Finding": "autograd.diagnosing.finding",
    "GradientCheck": "autograd.checking.table",
    "Group": "autograd.program.looking.groups",
    "Lint": "autograd.diagnosing.lint",
    "Program": "autograd.program.program",
    "TrainingDiagnosis": "autograd.diagnosing.training",
    "check_gradients": "autograd.checking.check",
    "compiled": "autograd.program.compiled",
    "detect_anomaly": "autograd.diagnosing.anomaly",
    "diagnose": "autograd.diagnosing.diagnose",
    "diagnose_training": "autograd.diagnosing.training",
    "explain": "autograd.explaining.paths",
    "formula": "autograd.explaining.formulas",
    "latex": "autograd.explaining.formulas",
    "latex_derivative": "autograd.explaining.formulas",
    "ledger": "autograd.explaining.ledger",
    "lint": "autograd.diagnosing.lint",
    "opened": "autograd.program.calling.composite",
    "record_sources": "autograd.listening.origins",
    "smallest_subgraph": "autograd.explaining.pruning",
    "transcript": "autograd.explaining.transcript",
    "what_if": "autograd.explaining.replaying",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    value: object = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
