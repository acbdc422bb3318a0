"""The sides of a comparison, metainit and its peers, and how they take turns."""
import json
import math
import os
import statistics
from functools import partial

from environment import HERE, check_blas, output, seconds, version

# The batch of each model in models.py, and how many steps a run makes of it: a second or two of them, where that is enough of them.
BATCH = {"mlp": 32, "lenet": 32, "plain": 32, "encoder": 16, "lstm": 32, "resnet18": 8, "mobilenet_v2": 8, "resnet50": 4}
STEPS = {"mlp": 100, "lenet": 100, "plain": 5, "encoder": 8, "lstm": 100, "resnet18": 4, "mobilenet_v2": 4, "resnet50": 4}
CORES = len(os.sched_getaffinity(0))


class Peer:
    """A framework that makes the steps of some models: a script and the python that has what it needs."""

    def __init__(self, title, python, script, models):
        self.title, self.python, self.script, self.models = title, python, HERE / script, models

    def sides(self, name, steps, *action):
        """A function for one core, and one for all, that runs a model's steps and returns the record; none if it lacks the model."""
        def run(threads):
            record = json.loads(output(self.python, self.script, *action, name, "--threads", threads, "--steps", steps))
            assert record["batch"] == BATCH[name], "the batch is another one"
            return record
        return [partial(run, threads) for threads in sorted({1, CORES})] if name in self.models else []


class Torch(Peer):
    """PyTorch, eager, in which everything can be run."""

    def __init__(self, python):
        check_blas(python)
        super().__init__(f"PyTorch {version(python, 'torch')}", python, "torch_peer.py", list(BATCH))

    def kernels(self, names):
        """The GFLOP/s of products and convolutions, each with one core or all, whichever is faster."""
        runs = [json.loads(output(self.python, HERE / "torch_kernels.py", "--threads", threads, *names)) for threads in sorted({1, CORES})]
        return {name: max(run[name] for run in runs) for name in names}


class Jax(Peer):
    """JAX, jitted. It compiles the LSTM for minutes, so that this is run only if it is asked for."""

    def __init__(self, python, lstm):
        models = ["mlp", "plain", "encoder", "resnet18"] + ["lstm"] * lstm
        super().__init__(f"JAX {version(python, 'jax')}", python, "jax_peer.py", models)

    def sides(self, name, steps, *_):
        return super().sides(name, steps)


class Metainit:
    """The program, and the models that it runs on, exported into a folder by the PyTorch of some python."""

    def __init__(self, program, exporter, folder):
        self.program, self.exporter, self.folder = program, exporter, folder

    def model(self, name):
        path = self.folder / f"{name}.onnx"
        if not path.exists():
            output(self.exporter, HERE / "torch_peer.py", "export", name, path)
        return path

    def command(self, name, batch, *flags):
        return self.program, "run", self.model(name), "-o", self.folder / "tuned.onnx", "--batch", batch, "--quiet", *flags

    def plan(self, name, batch):
        """The plan of a step."""
        return json.loads(output(self.program, "inspect", self.model(name), "--batch", batch, "--json"))["plan"]

    def inspected(self, name, batch):
        """The seconds of an inspection, which compiles a step."""
        return seconds(self.program, "inspect", self.model(name), "--batch", batch, "--quiet")

    def paper(self, name, batch, steps):
        """The record of a run of the paper's algorithm."""
        return json.loads(output(*self.command(name, batch, "--paper", "--steps", steps, "--json")))

    def whole(self, name):
        """The seconds of a default run, from the model's file to the tuned one."""
        return seconds(*self.command(name, BATCH[name]))


def take_turns(rounds, *groups):
    """The results of groups of sides, in the same groups: a list for each side of what it returned, once a round."""
    results = [[[] for _ in sides] for sides in groups]
    for _ in range(rounds):
        for sides, lists in zip(groups, results):
            for side, returned in zip(sides, lists):
                returned.append(side())
    return results


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def fastest(sides):
    """The runs of the side with the shortest steps."""
    return min(sides, key=lambda runs: median(runs, "step_ms"))


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))
