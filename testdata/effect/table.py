#!/usr/bin/env python3
"""Prints what effect.py found, as tables.

    python3 table.py results.jsonl --seeds 0 [--nets regression,mobilenet,mixer]

By net, the mean over starts and seeds of each candidate and of the one that the race chooses. By start, where the race's choice is
worse than the model as it is by more than .05, or than the better of He's and LSUV's norms.
"""
import argparse
import collections
import json

CANDIDATES = ["keep", "he", "lsuv", "metainit"]
CLEAR = 0.05  # differences below come with another seed, too


def mean(numbers):
    return sum(numbers) / len(numbers)


def figure(by_optimizer):
    return mean([mean(epochs) for epochs in by_optimizer.values()])


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
    for r in rows:
        got = {name: figure(by) for name, by in r["figures"].items()}
        got["race"] = got[r["winner"]]
        nets[r["net"]].append(got)
        chosen[r["winner"]] += 1
        pair = f"{r['net']} {r['start']} {r['seed']}: {r['winner']} {got['race']:.2f}"
        if got["race"] < got["keep"] - CLEAR:
            worse.append(f"{pair}, as it is {got['keep']:.2f}")
        if got["race"] < max(got["he"], got["lsuv"]) - CLEAR:
            behind.append(f"{pair}, he {got['he']:.2f}, lsuv {got['lsuv']:.2f}")
    print("| net | " + " | ".join(f"`{name}`" for name in CANDIDATES) + " | `run` |")
    print("|---|" + "---|" * (len(CANDIDATES) + 1))
    everything = [got for of in nets.values() for got in of]
    for net, of in [*nets.items(), ("all", everything)]:
        digits = 3 if net == "all" else 2
        print(f"| {net} | " + " | ".join(f"{mean([got[name] for got in of]):.{digits}f}" for name in [*CANDIDATES, "race"]) + " |")
    print(f"\n{len(rows)} pairs; chosen:", ", ".join(f"{name} {n}" for name, n in chosen.most_common()))
    for title, lines in [("worse than as it was", worse), ("behind the better of he and lsuv", behind)]:
        print(f"\n{title}: {len(lines)}")
        print("\n".join(f"  {line}" for line in lines))


if __name__ == "__main__":
    main()
