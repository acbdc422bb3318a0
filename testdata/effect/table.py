#!/usr/bin/env python3
"""Prints what effect.py found, as tables.

    python3 table.py results.jsonl [--seeds 1,2] [--nets regression,mobilenet,mixer]

By net, the mean over starts and seeds of each candidate and of the one that the race chooses, which is what `metainit run` writes. Then
what became of bad starts, those that as they are stay behind the better of He's and LSUV's norms by more than .05, and of all
others; and a line for each pair in which the race's choice is worse than the model as it is by more than .05, or than the better of
He's and LSUV's.
"""
import argparse
import collections
import json

CANDIDATES = ["file", "he", "lsuv", "metainit"]
CLEAR = 0.05  # differences below come with another seed, too
SLOWER = 1.5  # how many times as long counts as as fast
REACHED = 0.9  # the part of the best final accuracy that is waited for


def mean(numbers):
    return sum(numbers) / len(numbers)


def figure(by_optimizer):
    """The mean over a training and the optimizers."""
    return mean([mean(points) for points in by_optimizer.values()])


def time_to(level, points):
    """When a training reaches a level, between the points by a straight line; infinity if never."""
    before = 0.0
    for i, value in enumerate(points):
        if value >= level:
            return i + (level - before) / (value - before) if value > before else float(i)
        before = value
    return float("inf")


def slowdown(row):
    """How many times as long the race's choice takes as the better of He's and LSUV's norms, the mean of the optimizers."""
    ratios = []
    for optimizer in row["figures"]["file"]:
        points = {name: row["figures"][name][optimizer] for name in ("he", "lsuv", row["winner"])}
        level = REACHED * max(mean(points[name][-4:]) for name in ("he", "lsuv"))
        best = min(time_to(level, points[name]) for name in ("he", "lsuv"))
        ratios.append((time_to(level, points[row["winner"]]) + 1) / (best + 1))
    return mean(ratios)


def ranks(numbers):
    order = sorted(numbers)
    return [order.index(n) + (order.count(n) - 1) / 2 for n in numbers]


def rank_correlation(a, b):
    a, b = ranks(a), ranks(b)
    ma, mb = mean(a), mean(b)
    scale = (sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)) ** 0.5
    return sum((x - ma) * (y - mb) for x, y in zip(a, b)) / scale if scale else 0.0


def correlations(rows):
    """How what metainit measures of models as they are goes with what they reach: over the starts of a net, mean over nets and seeds."""
    groups = collections.defaultdict(list)
    for r in rows:
        if r.get("measured"):
            groups[r["net"], r["seed"]].append(r)
    quantities = {
        "GQ": lambda r: -r["measured"]["gq"], "LGQ": lambda r: -r["measured"]["lgq"], "loss": lambda r: -r["measured"]["loss"],
        "progress of a trial": lambda r: mean(list(r["progress"]["keep"].values()))}
    groups = [g for g in groups.values() if len(g) > 3]
    return {
        name: mean([rank_correlation([of(r) for r in g], [figure(r["figures"]["file"]) for r in g]) for g in groups])
        for name, of in quantities.items() if groups}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("results")
    parser.add_argument("--nets")
    parser.add_argument("--seeds")
    args = parser.parse_args()
    with open(args.results) as file:
        rows = [json.loads(line) for line in file]
    rows = [r for r in rows if (not args.nets or r["net"] in args.nets.split(",")) and (not args.seeds or str(r["seed"]) in args.seeds.split(","))]
    nets = collections.defaultdict(list)
    worse, behind, chosen = [], [], collections.Counter()
    bad, good = [], []
    for r in rows:
        got = {name: figure(by) for name, by in r["figures"].items()}
        got["race"] = got[r["winner"]]
        nets[r["net"]].append(got)
        chosen[r["winner"]] += 1
        better = max(got["he"], got["lsuv"])
        (bad if got["file"] < better - CLEAR else good).append((r, got))
        pair = f"{r['net']} {r['start']} {r['seed']}: {r['winner']} {got['race']:.2f}"
        if got["race"] < got["file"] - CLEAR:
            worse.append(f"{pair}, as it is {got['keep']:.2f}")
        if got["race"] < better - CLEAR:
            behind.append(f"{pair}, as it is {got['keep']:.2f}, he {got['he']:.2f}, lsuv {got['lsuv']:.2f}")
    print("| net | " + " | ".join(f"`{name}`" for name in CANDIDATES) + " | `run` |")
    print("|---|" + "---|" * (len(CANDIDATES) + 1))
    everything = [got for of in nets.values() for got in of]
    for net, of in [*nets.items(), ("all", everything)]:
        digits = 3 if net == "all" else 2
        print(f"| {net} | " + " | ".join(f"{mean([got[name] for got in of]):.{digits}f}" for name in [*CANDIDATES, "race"]) + " |")
    harmed = {name: sum(got[name] < got["file"] - CLEAR for got in everything) for name in [*CANDIDATES[1:], "race"]}
    print("\nworse than as it was by more than .05, always:", ", ".join(f"{name} {n}" for name, n in harmed.items()))
    print(f"{len(rows)} pairs; chosen:", ", ".join(f"{name} {n}" for name, n in chosen.most_common()))
    by_net, right = collections.Counter(), collections.Counter()
    for r, got in bad + good:
        if r["winner"] == "metainit":
            by_net[r["net"]] += 1
            right[r["net"]] += got["race"] >= max(got["file"], got["he"], got["lsuv"]) - 0.01
    print(f"metainit chosen and at most .01 behind the best other: {right.total()};", ", ".join(f"{net} {right[net]} of {n}" for net, n in by_net.most_common()))
    for title, pairs in [("bad starts", bad), ("all others", good)]:
        if not pairs:
            continue
        gain = mean([got["race"] - got["file"] for _, got in pairs])
        lost = sum(got["race"] < got["file"] - CLEAR for _, got in pairs)
        fast = sum(slowdown(r) <= SLOWER for r, _ in pairs)
        print(f"{title}: {len(pairs)}, {gain:+.3f} on the mean, {lost} lose more than .05, {fast} ({fast / len(pairs):.0%}) take at most {SLOWER} times as long as the better of he and lsuv")
    found = correlations(rows)
    if found:
        print("rank correlation with training, over the starts of a net (1: tells who trains better):", ", ".join(f"{name} {c:+.2f}" for name, c in found.items()))
    for title, lines in [("worse than as it was", worse), ("behind the better of he and lsuv", behind)]:
        print(f"\n{title}: {len(lines)}")
        print("\n".join(f"  {line}" for line in lines))


if __name__ == "__main__":
    main()
