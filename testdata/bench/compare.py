#!/usr/bin/env python3
"""Times metainit against PyTorch and JAX on the models of models.py and prints Markdown tables.

    compare.py               steps of the paper's algorithm: their time and memory
    compare.py --whole       a default run, file to file, against the paper's 500 steps in PyTorch
    compare.py --epoch       a default run against training on 50,000 samples in PyTorch
    compare.py --batches     metainit alone with batches of 8 to 64: how time and memory of a step grow
    compare.py --compile     metainit alone: how long `inspect` compiles large models, and a step of GPT-2
    compare.py --kernels     products and convolutions of both, of PyTorch those of MKL or OpenBLAS and of oneDNN
    compare.py --all         all of these

All sides make equally many steps with the same batch size, PyTorch and metainit from the same weights. Every run is a process of
its own; they take turns, and each figure is the median of its rounds. That of a run is the median of its steps. Peers leave out
the first, in which JAX compiles; metainit compiles before it, and counts it. PyTorch and JAX run with one core and with all, and
count with their best; metainit runs as it comes.

The peers are the newest PyTorch, eager, and the newest JAX, jitted, in a virtual environment that is made when it is first needed
(some 6 GB). JAX has five of the models; it compiles the LSTM for minutes and is not run on it without --jax-lstm. With
--peers debian PyTorch is Debian's (python3-torch python3-torchvision libopenblas0).

Needs Linux and Go, which builds metainit and measures the processor's peak after each of its runs. The machine should do nothing
else: a busy core slows down the side with more threads most.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile
from functools import partial

from environment import CACHE, DEBIAN, build_metainit, kernel_rates, newest, peak
from sides import BATCH, CORES, STEPS, Jax, Metainit, Torch, fastest, geometric_mean, median, take_turns

PAPER_STEPS, EPOCH = 500, 50_000
GROWING = [8, 16, 32, 64]
LARGE = {"resnet50": 4, "gpt2": 2, "lstm_400": 8}


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells):
    row(*cells)
    row("---", *["--:"] * (len(cells) - 1))


def short(v):
    return f"{v:.0f}" if v >= 100 else f"{v:.3g}"


def share(plan, step_ms, peaks):
    """The GFLOP/s of a step's products and convolutions, and as a share of the processor's peak."""
    rate = 2 * plan["multiply_adds"] / step_ms / 1e6
    return short(rate), f"{rate / statistics.median(peaks):.0%}"


def steps_table(a, metainit, peers):
    """A step of the paper's algorithm by all, metainit against the fastest. Below each peer stands what metainit is faster than it."""
    head("model", *[f"{peer.title} ms" for peer in peers], "metainit ms", "faster", "fastest peer MB", "metainit MB", "less",
         "work ÷ forward", "GFLOP/s", "of peak")
    faster, best, less, all_peaks = {peer: [] for peer in peers}, [], [], []
    for name in a.models:
        if not any(name in peer.models for peer in peers):
            continue
        steps = a.steps or STEPS[name]
        sides = [peer.sides(name, steps, "paper") for peer in peers]
        *runs, [own], [peaks] = take_turns(a.rounds, *sides, [partial(metainit.paper, name, BATCH[name], 1 + steps)], [peak])
        theirs = {peer: fastest(its) for peer, its in zip(peers, runs) if its}
        rival, ours = fastest(theirs.values()), median(own, "step_ms")
        for peer, its in theirs.items():
            faster[peer].append(median(its, "step_ms") / ours)
        best.append(median(rival, "step_ms") / ours)
        held, holds = median(rival, "peak_rss_mb"), median(own, "peak_rss_mb")
        less.append(held / holds)
        all_peaks += peaks
        plan = metainit.plan(name, BATCH[name])
        row(name, *[short(median(theirs[peer], "step_ms")) if peer in theirs else "" for peer in peers], short(ours), f"{best[-1]:.1f}×",
            f"{held:.0f}", f"{holds:.0f}", f"{less[-1]:.1f}×", f"{plan['ratio']:.1f}", *share(plan, ours, peaks))
    means = [f"{geometric_mean(its):.1f}×" if its else "" for its in faster.values()]
    row("geometric mean", *means, "", f"{geometric_mean(best):.1f}×", "", "", f"{geometric_mean(less):.1f}×", "", "", "")
    print(f"\n{CORES} cores, peak {min(all_peaks):.0f} to {max(all_peaks):.0f} GFLOP/s together; medians of {a.rounds} rounds")


def whole_table(a, metainit, peers):
    """A default run against the paper's 500 steps in PyTorch, of which some are measured."""
    head("model", "metainit run, s", f"{PAPER_STEPS} steps in PyTorch, s", "faster")
    ratios = []
    for name, ours, step_ms in against_torch(a, metainit, peers, "paper"):
        theirs = PAPER_STEPS * step_ms / 1e3
        ratios.append(theirs / ours)
        row(name, short(ours), short(theirs), f"{ratios[-1]:.1f}×")
    row("geometric mean", "", "", f"{geometric_mean(ratios):.1f}×")


def epoch_table(a, metainit, peers):
    """A default run against an epoch of training by SGD in PyTorch, of which some steps are measured."""
    head("model", "metainit run, s", f"epoch of {EPOCH:,} samples, s", "run ÷ epoch")
    ratios = []
    for name, ours, step_ms in against_torch(a, metainit, peers, "train"):
        theirs = EPOCH / BATCH[name] * step_ms / 1e3
        ratios.append(ours / theirs)
        row(name, short(ours), short(theirs), f"{ratios[-1]:.2f}")
    row("worst", "", "", f"{max(ratios):.2f}")


def against_torch(a, metainit, peers, action):
    """For each model its name, the seconds of a default run, and the milliseconds of a step in the fastest PyTorch."""
    for name in a.models:
        steps = (a.steps or STEPS[name]) * (10 if action == "train" else 1)
        sides = [side for peer in peers if isinstance(peer, Torch) for side in peer.sides(name, steps, action)]
        runs, [own] = take_turns(a.rounds, sides, [partial(metainit.whole, name)])
        yield name, statistics.median(own), median(fastest(runs), "step_ms")


def batches_table(a, metainit, _):
    """The milliseconds of a step by batch, then those of a sample and the MB in relation to the smallest batch. Every run computes as
    many samples, so that each has its share of what else the machine does."""
    head("model", *[f"batch {n}: ms" for n in GROWING], "time, 64 ÷ 8 ÷ 8", "memory, 64 ÷ 8 ÷ 8")
    grown = GROWING[-1] / GROWING[0]
    for name in a.models:
        samples = GROWING[-1] * (a.steps or max(3, STEPS[name] // 2))
        runs, = take_turns(a.rounds, [partial(metainit.paper, name, n, samples // n) for n in GROWING])
        slower = statistics.median(most["step_ms"] / least["step_ms"] / grown for least, most in zip(runs[0], runs[-1]))
        held = median(runs[-1], "peak_rss_mb") / median(runs[0], "peak_rss_mb") / grown
        row(name, *[short(median(own, "step_ms")) for own in runs], f"{slower:.2f}", f"{held:.2f}")


def compile_table(a, metainit, _):
    """How long large models take to compile, and for the transformer a step."""
    head("model", "batch", "inspect, s", "step, ms", "of peak", "metainit MB")
    for name, batch in LARGE.items():
        metainit.model(name)  # exported, so that this is not timed
        [inspected], = take_turns(a.rounds, [partial(metainit.inspected, name, batch)])
        step = ["", "", ""]
        if name == "gpt2":
            [own], [peaks] = take_turns(a.rounds, [partial(metainit.paper, name, batch, 3)], [peak])
            ms = median(own, "step_ms")
            step = [short(ms), share(metainit.plan(name, batch), ms, peaks)[1], f"{median(own, 'peak_rss_mb'):.0f}"]
        row(name, str(batch), f"{statistics.median(inspected):.2f}", *step)


def kernels_table(a, metainit, peers):
    """The GFLOP/s of single products and convolutions, with one core or all; those by Winograd's method count the taps all the same."""
    head("kernel", *[f"{peer.title} GFLOP/s" for peer in peers if isinstance(peer, Torch)], "metainit GFLOP/s", "faster")
    ratios = []
    ours = kernel_rates("Gemm32") | kernel_rates("ConvCL")
    theirs = [peer.kernels(list(ours)) for peer in peers if isinstance(peer, Torch)]
    for name, rate in ours.items():
        rates = [its[name] for its in theirs]
        ratios.append(rate / max(rates))
        row(name.replace("/", " "), *map(short, rates), short(rate), f"{ratios[-1]:.2f}×")
    row("geometric mean", *[""] * len(theirs), "", f"{geometric_mean(ratios):.2f}×")


TABLES = {"steps": steps_table, "whole": whole_table, "epoch": epoch_table, "batches": batches_table, "compile": compile_table,
          "kernels": kernels_table}


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in list(TABLES)[1:]:
        ap.add_argument(f"--{name}", action="append_const", dest="tables", const=name)
    ap.add_argument("--all", action="store_const", dest="tables", const=list(TABLES))
    ap.add_argument("--models", metavar="NAME", nargs="+", choices=list(BATCH), default=list(BATCH), help=", ".join(BATCH))
    ap.add_argument("--peers", metavar="NAME", nargs="+", choices=["torch", "jax", "debian"], default=["torch", "jax"],
                    help="torch, jax, debian (torch jax)")
    ap.add_argument("--rounds", type=int, default=3, help="runs of each side (3)")
    ap.add_argument("--steps", type=int, help="steps of a run (4 to 100, by model)")
    ap.add_argument("--jax-lstm", action="store_true", help="run JAX on the LSTM too")
    ap.add_argument("--venv", metavar="DIR", type=pathlib.Path, default=CACHE, help=f"the virtual environment ({CACHE})")
    ap.add_argument("--metainit", metavar="BIN", type=pathlib.Path, help="the program (default: built from this source)")
    a = ap.parse_args()
    a.tables = a.tables or ["steps"]
    if a.peers == ["jax"] and {"whole", "epoch", "kernels"} & set(a.tables):
        ap.error("--whole, --epoch and --kernels need torch or debian among --peers")
    return a


def main():
    a = arguments()
    exporter = DEBIAN if a.peers == ["debian"] else newest(a.venv.resolve())
    make = {"torch": lambda: Torch(exporter), "jax": lambda: Jax(exporter, a.jax_lstm), "debian": lambda: Torch(DEBIAN)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        metainit = Metainit(a.metainit.resolve() if a.metainit else build_metainit(folder), exporter, folder)
        peers = [make[name]() for name in a.peers]
        if not any(name in peer.models for peer in peers for name in a.models):
            sys.exit(f"no peer, of {', '.join(peer.title for peer in peers)}, is run on {', '.join(a.models)}")
        for name in a.tables:
            TABLES[name](a, metainit, peers)
            print()


if __name__ == "__main__":
    main()
