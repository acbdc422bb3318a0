"""What compare.py runs: commands, the pythons that have PyTorch and JAX, metainit itself, and the processor's peak."""
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ["torch", "torchvision", "jax", "onnx"]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "metainit-bench"
DEBIAN = pathlib.Path("/usr/bin/python3")


def output(*command):
    """What a command prints; the script ends with its messages if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def seconds(*command):
    """How long a command takes, from its start to its end."""
    start = time.perf_counter()
    output(*command)
    return time.perf_counter() - start


def newest(folder):
    """The python of a virtual environment in this folder, which is made, and given the newest packages, unless it has them."""
    python = folder / "bin" / "python"
    if not python.exists():
        output(sys.executable, "-m", "venv", folder)
    if subprocess.run([python, "-c", f"import {', '.join(PACKAGES)}"], capture_output=True).returncode:
        print(f"installing {', '.join(PACKAGES)} in {folder}", file=sys.stderr)
        output(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", *PACKAGES)
    return python


def version(python, package):
    """The first two numbers of a package's version."""
    text = output(python, "-c", f"import {package}; print({package}.__version__)")
    return ".".join(text.split(".")[:2])


def check_blas(python):
    """Ends the script if PyTorch has nothing but the reference BLAS: it is ten times slower, and nobody's choice."""
    found = output(python, "-c", "import torch; print(torch.__config__.show(), open('/proc/self/maps').read())")
    if "BLAS_INFO=generic" in found and not re.search("openblas|mkl_rt|libblis", found):
        sys.exit(f"PyTorch of {python} would run on the reference BLAS: install libopenblas0")


def build_metainit(folder):
    """The program, built from this source."""
    output("go", "build", "-o", folder / "metainit", "./cmd/metainit")
    return folder / "metainit"


def peak():
    """The GFLOP/s of all cores in registers."""
    text = output("go", "test", "-run", "^$", "-bench", "^BenchmarkPeak$", "-benchtime", "20x", "./autodiff")
    return max(float(rate) for rate in re.findall(r"([\d.]+) GFLOP/s", text))


def kernel_rates(benchmark):
    """The GFLOP/s of the cases of a benchmark of the kernels, of the fastest instruction set and number of threads, by name."""
    text = output("go", "test", "-run", "^$", "-bench", benchmark, "-benchtime", "50ms", "./autodiff/internal/kernel")
    rates = {}
    for name, rate in re.findall(r"^Benchmark\w+/(\S+?)(?:-\d+)?\s.* ([\d.]+) GFLOP/s", text, re.MULTILINE):
        case = name.split("/threads=")[0]
        rates[case] = max(float(rate), rates.get(case, 0))
    return rates
