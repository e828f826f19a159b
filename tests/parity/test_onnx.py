"""The cases of the onnx package for single operations, run through `nn`.

ONNX is the standard in which nets are exchanged; its package brings numbers for every
operation. All cases of the operations that have a layer, activation, loss or optimizer
here are run, but for those that LEFT_OUT names, each with its reason, and for those of
more numbers than are worth the time.
"""

from collections import Counter
from fnmatch import fnmatch

import numpy as np
import pytest

from tests.parity.cases import Case, single_operations
from tests.parity.onnx_layers import ADAPTERS

MOST_NUMBERS = 10_000  # the next ones have over 30,000: seconds or minutes each

# What ONNX computes in float32 is as exact as that; in half precision, less.
TOLERANCES = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "bfloat16": 2e-2}

NO_MASKED_OUT = "a query that may look at nothing gets 0 in ONNX, NaN in PyTorch"
NO_WINDOW = "PyTorch's attention has no window of keys around a query"
NO_SOFTCAP = "PyTorch's attention has no tanh that caps the scores"
NO_GRAPH = "the scores pass through a graph of one's own, which is no layer"
ONE_SIDED = "padded more on one side: PyTorch's pools pad both alike"
TOO_PADDED = "padded by more than half a window, which PyTorch refuses"
DILATED = "a mean of numbers that lie apart; PyTorch's AvgPool2d has no dilation"
ROUNDED = "its outputs are written to four digits"
SOLID = "windows in three directions; nn has one and two"
RESETS_BEFORE = "the gate resets before the product; PyTorch's GRU resets after it"
OTHER_SLOPE = "the slope of PyTorch's activation is fixed, at another number"

LEFT_OUT = {
    "test_attention_*softcap*": NO_SOFTCAP,
    "test_attention_*causal_padded_kv_bf16": NO_MASKED_OUT,
    "test_attention_*negative_offset_structural_empty": NO_MASKED_OUT,
    "test_attention_*boolmask_*nan_robustness": NO_MASKED_OUT,
    "test_attention_*_output_mode3_zero": NO_MASKED_OUT,
    "test_attention_*_output_mode3_softmax_precision": NO_MASKED_OUT,
    "test_attention_local_window": NO_WINDOW,
    "test_attention_local_window_[!d]*": NO_WINDOW,
    "test_attention_3d_local_window": NO_WINDOW,
    "test_attention_bidirectional_window": NO_WINDOW,
    "test_averagepool_2d_same_*": ONE_SIDED,
    "test_averagepool_2d_pads*": TOO_PADDED,
    "test_averagepool_2d_ceil_last_window_starts_on_pad": ROUNDED,
    "test_averagepool_2d_dilations": DILATED,
    "test_averagepool_3d_dilations_small": SOLID,
    "test_flexattention_*_mod": NO_GRAPH,
    "test_flexattention_causal_mask": NO_GRAPH,
    "test_flexattention_relative_positional": NO_GRAPH,
    "test_flexattention_soft_cap": NO_GRAPH,
    "test_gather_negative_indices": "an index below 0, which PyTorch refuses",
    "test_gemm_default_matrix_bias": "a bias for each example; a layer has one for all",
    "test_gru_seq_length": RESETS_BEFORE,
    "test_lstm_with_peepholes": "PyTorch's LSTM has no gates that look at the cell",
    "test_maxpool_2d_same_*": ONE_SIDED,
    "test_maxpool_2d_pads": TOO_PADDED,
    "test_maxpool_3d_dilations": SOLID,
    "test_maxpool_3d_dilations_use_ref_impl": SOLID,
    "test_selu_example": OTHER_SLOPE,
    "test_selu": OTHER_SLOPE,
}
"""Cases by name or pattern, each with the reason why it is not run."""

WITHOUT = {
    "CausalConvWithState": "a filter for each channel; nn convolves all channels",
    "ConvInteger": "whole numbers of 8 bits",
    "ConvTranspose": "nn has no transposed convolution",
    "DeformConv": "neither PyTorch nor nn has one as a layer",
    "GroupNormalization": "nn normalises rows and batches only",
    "HardSigmoid": OTHER_SLOPE,
    "Hardmax": "no activation: its slope is 0 everywhere",
    "InstanceNormalization": "nn normalises rows and batches only",
    "LRN": "nn normalises rows and batches only",
    "LinearAttention": "PyTorch has none as a layer",
    "LpNormalization": "no layer in PyTorch",
    "LpPool": "nn pools by the largest and the mean",
    "MaxUnpool": "nn pools one way",
    "MeanVarianceNormalization": "no layer in PyTorch",
    "RotaryEmbedding": "no layer in PyTorch",
    "Shrink": "not among nn's activations",
    "SwiGLU": "no layer in PyTorch",
    "ThresholdedRelu": "not among nn's activations",
}
"""Operations that others have as a layer or activation, and nn has not."""

ALL = single_operations()
CASES = [case for case in ALL if case.operation in ADAPTERS]


def patterns(case: Case) -> list[str]:
    return [pattern for pattern in LEFT_OUT if fnmatch(case.name, pattern)]


RUN = [case for case in CASES if case.size <= MOST_NUMBERS and not patterns(case)]


@pytest.mark.parametrize("case", RUN, ids=[case.name for case in RUN])
def test_a_case(case: Case) -> None:
    compared = 0
    for got, wanted in zip(ADAPTERS[case.operation](case), case.outputs, strict=False):
        if wanted is not None:
            tolerance = TOLERANCES.get(str(wanted.dtype), 0.0)
            expected = wanted.astype(np.float64)
            np.testing.assert_allclose(got, expected, tolerance, 0.1 * tolerance)
            compared += 1
    assert compared


def test_each_case_is_run_or_left_out_for_one_reason() -> None:
    named = Counter(pattern for case in CASES for pattern in patterns(case))
    assert {*named} == {*LEFT_OUT}, "a pattern that names no case any more"
    run = {case.name for case in RUN}
    for case in CASES:
        too_large = case.size > MOST_NUMBERS
        lists = len(patterns(case)) + too_large + (case.name in run)
        assert lists == 1, case.name


def test_each_operation_is_run_or_left_out_for_a_reason() -> None:
    assert not {*WITHOUT} & {*ADAPTERS}
    assert {*WITHOUT} <= {case.operation for case in ALL}, "one that has no case"
    assert {case.operation for case in RUN} == {*ADAPTERS}
