"""Run every benchmark and print the table: `python -m benchmarks`.

The plot of cost against size goes to out/growth.svg. With `--write`, also put the
table into docs/benchmarks.md between its two markers, and the plot beside it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
from pathlib import Path

from autograd import Value
from benchmarks import (
    engine,
    fitting,
    gpt,
    growth,
    moons,
    numeric,
    pictures,
    program,
    training,
)
from benchmarks.threads import use_one_thread
from benchmarks.timing import Row, interleaved, machine, median_ratio, spoken

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
GROWTH = PAGE.with_name("growth.svg")
MARKERS = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)


def moons_rows() -> list[Row]:
    """micrograd's demo step, through `nn` and by hand."""
    steps = {
        "nn": moons.gradtrace_step(),
        "by hand": moons.gradtrace_by_hand_step(),
        "xad": moons.xad_step(),
        "micrograd": moons.micrograd_step(),
    }
    losses = {name: step() for name, step in steps.items()}
    if max(losses.values()) - min(losses.values()) > 1e-9:
        raise RuntimeError(f"the engines compute different losses: {losses}")
    times = interleaved(steps, 9, "micrograd's demo step")
    spans = {name: statistics.median(span) for name, span in times.items()}
    micrograd = median_ratio(times["micrograd"], times["nn"])
    xad = median_ratio(times["xad"], times["nn"])
    by_hand = median_ratio(times["micrograd"], times["by hand"])
    us, tape, slow = (spoken(spans[name]) for name in ("nn", "xad", "micrograd"))
    work = "micrograd's demo step"
    return [
        Row(
            f"{work}, through `nn`",
            "50x faster than micrograd",
            f"{micrograd:.0f}x",
            f"{us} against {slow}",
            micrograd >= 50,
        ),
        Row(
            f"{work}, through `nn`",
            "faster than xad's C++ tape",
            f"{xad:.1f}x",
            f"{us} against {tape}",
            xad > 1,
        ),
        Row(
            f"{work}, by hand as `sum(w*x)`",
            "16x faster than micrograd",
            f"{by_hand:.0f}x",
            f"{spoken(spans['by hand'])} against {slow}",
            by_hand >= 16,
        ),
    ]


def tiny_row() -> Row:
    """A graph of nine nodes."""
    from micrograd.engine import Value as MicrogradValue

    repeats = 500
    works = {
        "here": engine.tiny(Value, repeats),
        "micrograd": engine.tiny(MicrogradValue, repeats),
    }
    times = interleaved(works, 31, "tiny graph")
    ratio = median_ratio(times["micrograd"], times["here"])
    here, there = (spoken(statistics.median(times[name]) / repeats) for name in works)
    return Row(
        "`((a+b)-(a*b+b**3))**2/2`, build and backward",
        "3x faster than micrograd",
        f"{ratio:.2f}x",
        f"{here} against {there}",
        ratio >= 3,
    )


def chain_rows() -> list[Row]:
    """Memory and time of long chains."""
    short = [engine.chain_times(10_000) for _ in range(5)]
    long = [engine.chain_times(engine.NODES) for _ in range(3)]
    growth = statistics.median(map(sum, long)) / statistics.median(map(sum, short))
    phases = zip(*long, strict=True)
    record, sweep, free = (spoken(statistics.median(spans)) for spans in phases)
    memory = engine.bytes_per_node()
    return [
        Row(
            "memory per recorded node, a million nodes",
            "at most 216 bytes",
            f"{memory:.0f} bytes",
            f"{memory * engine.NODES / 2**20:.0f} MiB in all",
            round(memory) <= 216,
        ),
        Row(
            "chain of 1,000,000 nodes: record, backward, free",
            "linear, collector off",
            f"{growth:.2f}x a node as with 10,000",
            f"{record} + {sweep} + {free} a node",
            growth < 2,
        ),
    ]


def sweep_row() -> Row:
    """Backward against forward, over five sizes."""
    sizes = {100: 200, 1_000: 50, 10_000: 11, 100_000: 5, 1_000_000: 3}
    ratios = [engine.backward_over_forward(*item) for item in sizes.items()]
    return Row(
        "backward / forward time, 10^2 to 10^6 nodes",
        "at most 2, flat",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        ", ".join(f"{ratio:.2f}" for ratio in ratios),
        max(ratios) <= 2,
    )


def diagnosis_row() -> Row:
    """What `diagnose` costs on a graph as large as that of micrograd's demo."""
    ratio = engine.diagnosis_over_backward(62_000)
    work = "`diagnose` of 62,000 nodes, beside a backward pass"
    return Row(work, "at most 10x", f"{ratio:.1f}x", "", ratio <= 10)


def simulation_row() -> Row:
    """Twice the steps of a simulation whose force is a gradient."""
    works = {
        "1000": lambda: engine.simulation(1000),
        "2000": lambda: engine.simulation(2000),
    }
    times = interleaved(works, 7, "simulation, its force a gradient")
    ratio = median_ratio(times["2000"], times["1000"])
    once, twice = (spoken(statistics.median(times[name])) for name in works)
    return Row(
        "1,000 steps whose force is a gradient, differentiated through",
        "twice the steps: at most 2.5x",
        f"{ratio:.2f}x",
        f"{once}, then {twice}",
        ratio <= 2.5,
    )


def import_row() -> Row:
    """A fresh interpreter for each import."""
    pairs = [[engine.import_time(x) for x in ("autograd", "numpy")] for _ in range(11)]
    ours, theirs = zip(*pairs[1:], strict=True)
    ratio = median_ratio(ours, theirs)
    return Row(
        "`import autograd`, in a process of its own",
        "within 2x of `import numpy`",
        f"{ratio:.2f}x",
        " against ".join(spoken(statistics.median(x)) for x in (ours, theirs)),
        ratio <= 2,
    )


def table(rows: list[Row]) -> str:
    """The rows in Markdown, with the machine named."""
    lines = [
        "| work | at least | here | absolute |",
        "|---|---|---|---|",
        *(f"| {r.work} | {r.wanted} | **{r.got}** | {r.absolute} |" for r in rows),
    ]
    return "\n".join([*lines, "", f"Measured on {machine()}; medians.", ""])


def main(arguments: list[str]) -> int:
    """Measure, print, and say by the exit status whether every floor holds."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Run every benchmark and print the table: half an hour or more.",
    )
    parser.add_argument(
        "--write", action="store_true", help="also put it into docs/benchmarks.md"
    )
    is_written = parser.parse_args(arguments).write
    use_one_thread()
    rows = [*moons_rows(), tiny_row(), *chain_rows(), sweep_row(), simulation_row()]
    rows.append(diagnosis_row())
    rows += [
        import_row(),
        *training.rows(),
        *fitting.rows(),
        *program.rows(),
        *numeric.rows(),
        *gpt.rows(),
        *pictures.rows(),
    ]
    text = table(rows)
    print(text)
    if is_written:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(
            MARKERS.sub(lambda m: m[1] + text + m[2], page), encoding="utf-8"
        )
        shutil.copy(growth.PICTURE, GROWTH)
    missed = [row for row in rows if not row.holds]
    for row in missed:
        print(f"missed: {row.work}: {row.wanted}, got {row.got}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
