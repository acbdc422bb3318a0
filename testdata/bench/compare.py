#!/usr/bin/env python3
"""Times metainit against PyTorch on the eight models of metainit_torch.py and prints a Markdown table.

    python3 testdata/bench/compare.py [--metainit BIN] [--models NAME…] [--steps K] [--rounds R] [--batches]

Both make the same steps: the paper's algorithm on the same exported weights, with the same batch size. Every run is a
process of its own; they take turns, and each figure is the median of its rounds. PyTorch runs with each number of
threads and counts with its best, metainit as it comes; the processor's peak is measured after each of its runs. Needs
Go (to build metainit and measure the peak) and torch and torchvision (Debian: python3-torch python3-torchvision
libopenblas0, run with /usr/bin/python3). The machine should do nothing else: a busy core slows down the side with more
threads most. With --batches metainit alone runs each model with batches of 8 to 64, to show how a step's time and
memory grow with it.
"""
import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GROWING = [8, 16, 32, 64]
# The models of metainit_torch.py and the batches that it takes.
BATCH = {"mlp": 32, "lenet": 32, "plain": 32, "encoder": 16, "lstm": 32, "resnet18": 8, "mobilenet_v2": 8, "resnet50": 4}
HEAD = ["model", "PyTorch ms", "metainit ms", "faster", "PyTorch MB", "metainit MB", "less", "work ÷ forward", "GFLOP/s", "of peak"]


def output(*command):
    """What a command prints; the script ends with its messages if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def check_blas():
    """Ends the script if PyTorch has nothing but the reference BLAS: it is ten times slower, and nobody's choice."""
    code = "import torch; print(torch.__config__.show(), open('/proc/self/maps').read())"
    found = output(sys.executable, "-c", code)
    if "BLAS_INFO=generic" in found and not re.search("openblas|mkl_rt|libblis", found):
        sys.exit("PyTorch would run on the reference BLAS: install libopenblas0")


def peak():
    """The GFLOP/s of all cores in registers."""
    text = output("go", "test", "-run", "^$", "-bench", "^BenchmarkPeak$", "-benchtime", "20x", "./autodiff")
    return max(float(rate) for rate in re.findall(r"([\d.]+) GFLOP/s", text))


def tune(metainit, model, tuned, batch, steps):
    """The record of a run of the paper's algorithm."""
    return json.loads(output(metainit, "run", model, "-o", tuned, "--paper", "--quiet", "--json", "--batch", batch, "--steps", steps))


class Contest:
    """One model, exported, and the runs of both sides."""

    def __init__(self, name, metainit, folder, steps, threads):
        self.name, self.metainit, self.steps = name, metainit, steps
        self.batch = BATCH[name]
        self.model, self.tuned = folder / f"{name}.onnx", folder / f"{name}.tuned.onnx"
        self.peer = {n: [] for n in threads}
        self.own, self.peaks = [], []
        output(sys.executable, HERE / "metainit_torch.py", "export", name, self.model)
        flags = ["--batch", self.batch, "--json"]
        self.plan = json.loads(output(metainit, "inspect", self.model, *flags))["plan"]

    def round(self):
        for threads, runs in self.peer.items():
            runs.append(json.loads(output(sys.executable, HERE / "metainit_torch.py", "time", self.name,
                                          "--threads", threads, "--steps", self.steps)))
            assert runs[-1]["input"][0] == self.batch, "the batch is another one"
        self.own.append(tune(self.metainit, self.model, self.tuned, self.batch, self.steps))
        self.peaks.append(peak())

    def growth(self, rounds):
        """The milliseconds of a step by batch, then those of a sample and the MB in relation to the smallest batch. Every run
        computes as many samples, so that each has its share of what else the machine does."""
        runs = {batch: [] for batch in GROWING}
        for _ in range(rounds):
            for batch, own in runs.items():
                own.append(tune(self.metainit, self.model, self.tuned, batch, self.steps * GROWING[-1] // batch))
        times = [median(own, "step_ms") for own in runs.values()]
        held = [median(own, "peak_rss_mb") for own in runs.values()]
        grown = GROWING[-1] / GROWING[0]
        least, most = (runs[batch] for batch in (GROWING[0], GROWING[-1]))
        slower = statistics.median(b["step_ms"] / a["step_ms"] / grown for a, b in zip(least, most))
        return [milliseconds(t) for t in times] + [f"{slower:.2f}", f"{held[-1] / held[0] / grown:.2f}"]

    def row(self):
        """The figures of a line of the table, but for the name."""
        peer = min(self.peer.values(), key=lambda runs: median(runs, "step_ms"))
        theirs, ours = median(peer, "step_ms"), median(self.own, "step_ms")
        held, holds = median(peer, "peak_rss_mb"), median(self.own, "peak_rss_mb")
        rate = 2 * self.plan["multiply_adds"] / ours / 1e6
        return [theirs, ours, theirs / ours, held, holds, held / holds, self.plan["ratio"], rate, rate / statistics.median(self.peaks)]


def line(cells):
    return "| " + " | ".join(cells) + " |"


def milliseconds(v):
    return f"{v:.0f}" if v >= 100 else f"{v:.3g}"


def text(figures):
    theirs, ours, faster, held, holds, less, ratio, rate, share = figures
    return [milliseconds(theirs), milliseconds(ours), f"{faster:.1f}×", f"{held:.0f}", f"{holds:.0f}", f"{less:.1f}×",
            f"{ratio:.1f}", f"{rate:.0f}", f"{share:.0%}"]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--metainit", metavar="BIN", type=pathlib.Path, help="the program (default: built from this source)")
    ap.add_argument("--models", metavar="NAME", nargs="+", choices=list(BATCH), default=list(BATCH))
    ap.add_argument("--steps", type=int, default=5, help="steps of a run; the median counts (5)")
    ap.add_argument("--batches", action="store_true", help="time metainit alone with batches of 8 to 64")
    ap.add_argument("--rounds", type=int, default=3, help="runs of each side (3)")
    a = ap.parse_args()
    if not a.batches:
        check_blas()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        metainit = a.metainit and a.metainit.resolve()
        if not metainit:
            metainit = folder / "metainit"
            output("go", "build", "-o", metainit, "./cmd/metainit")
        if a.batches:
            head = ["model"] + [f"batch {n}: ms" for n in GROWING] + ["time, 64 ÷ 8 ÷ 8", "memory, 64 ÷ 8 ÷ 8"]
            print(line(head), line(["---"] + ["--:"] * (len(head) - 1)), sep="\n", flush=True)
            for name in a.models:
                contest = Contest(name, metainit, folder, a.steps, [])
                print(line([name] + contest.growth(a.rounds)), flush=True)
            return
        rows, peaks = [], []
        print(line(HEAD), line(["---"] + ["--:"] * (len(HEAD) - 1)), sep="\n", flush=True)
        for name in a.models:
            contest = Contest(name, metainit, folder, a.steps, sorted({1, cores}))
            for _ in range(a.rounds):
                contest.round()
            rows.append(contest.row())
            peaks += contest.peaks
            print(line([name] + text(rows[-1])), flush=True)
    faster, less = (geometric_mean(row[i] for row in rows) for i in (2, 5))
    cells = [""] * len(HEAD)
    cells[0], cells[3], cells[6] = "geometric mean", f"{faster:.1f}×", f"{less:.1f}×"
    print(line(cells))
    print(f"\n{cores} cores, peak {min(peaks):.0f} to {max(peaks):.0f} GFLOP/s together; the median of {a.rounds} runs of {a.steps} steps each")


if __name__ == "__main__":
    main()
