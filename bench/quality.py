"""Writes docs/quality.md from what scripts/bench-quality found.

usage: quality.py RESULTS_DIR GOALS.json > docs/quality.md

GOALS.json says of each goal whether it was held. If one that was no longer is, nothing is written but which, and the exit code
is 1; else the file is brought up to date. Goals of time count only if the machine had little else to do.
"""

import json
import os
import statistics
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

RESULTS, GOALS = Path(sys.argv[1]), Path(sys.argv[2])
SETS = {"citeulike-t": "citeulike-t", "lastfm-2k": "Last.fm-2k"}
INTENTS = {"hwu64": "HWU64", "snips": "SNIPS"}
ACCURACY = {"hwu64": 88.5, "snips": 98.3}
GOAL = "Recall@20 and NDCG@100 at least those of"
CORES = os.cpu_count() or 1


def read(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def read_if_there(name):
    """A peer that was not asked: some take long."""
    try:
        return read(name)
    except FileNotFoundError:
        return None


def load(name):
    return float((RESULTS / f"{name}.load").read_text())


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    out += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(out) + "\n"


def found(metrics):
    """Recall@20 / NDCG@100, as .370 / .291."""
    return " / ".join(f"{metrics[key]:.4f}".removeprefix("0") for key in ("recall_20", "ndcg_100"))


def spread(values, digits=2):
    """Least and middle of the runs."""
    return f"{min(values):.{digits}f} / {statistics.median(values):.{digits}f}"


class Goals:
    """What was to be reached. A goal that was not measured well enough to tell is None."""

    def __init__(self):
        self.rows, self.held = [], {}

    def add(self, key, what, measured, met):
        self.rows.append([what, measured, {True: "met", False: "**not met**", None: "no verdict"}[met]])
        self.held[key] = met

    def timed(self, key, what, measured, met, load_average):
        busy = load_average > CORES
        self.add(key, what, measured + (f"; load average {load_average:.1f}" if busy else ""),
                 None if busy and not met else met)

    def before(self):
        return json.loads(GOALS.read_text(encoding="utf-8")) if GOALS.exists() else {}

    def lost(self):
        return [key for key, held in self.before().items() if held and self.held.get(key) is False]

    def write(self):
        before = self.before()
        told = {key: before.get(key, False) if met is None else met for key, met in self.held.items()}
        GOALS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def best(peers, names):
    return {key: max(peers[name][key] for name in names) for key in ("recall_20", "ndcg_100")}


def recommendations(goals):
    ours = {name: read(f"{name}-outis") for name in SETS}
    peers = {name: read_if_there(f"{name}-peers") or {} for name in SETS}
    for name, title in SETS.items():
        test = ours[name]["test"]
        for key, what, those in (
            ("implicit", "implicit (ALS, item-item)", [peer for peer in peers[name] if peer.startswith("implicit")]),
            ("ease", "EASE, with tags where there are any", [peer for peer in peers[name] if "EASE" in peer]),
        ):
            if not those:
                goals.add(f"recommend.{name}.{key}", f"{title}: {GOAL} {what}", f"{found(test)}; not measured", None)
                continue
            theirs = best(peers[name], those)
            goals.add(f"recommend.{name}.{key}", f"{title}: {GOAL} {what}",
                      f"{found(test)}; {found(theirs)}", all(test[metric] >= theirs[metric] for metric in theirs))
    every = list(dict.fromkeys(peer for name in SETS for peer in peers[name]))
    rows = [[peer, *(found(peers[name][peer]) if peer in peers[name] else "-" for name in SETS)] for peer in every]
    rows.append(["**Outis**", *(f"**{found(ours[name]['test'])}** ({ours[name]['report']['tier']})" for name in SETS)])
    members = ", ".join(f"{ours[name]['test']['members']:,} of {title}" for name, title in SETS.items())
    print("## Recommendations\n")
    print(
        f"Recall@20 / NDCG@100 over all items; test members: {members}. They are a fifth of the members with five items or "
        "more; a fifth of their items are to be found. Everybody chooses their parameters on the same tenth of the other "
        "members (peers among fewer values than they could), learns from all others again, and is measured once.\n"
    )
    print(table(["", *SETS.values()], rows))
    print(table(["What Outis took", *SETS.values()], [
        ["learning, s", *(f"{ours[name]['learn_s']:.0f}" for name in SETS)],
        ["most memory, MiB", *(f"{ours[name]['peak_mib']:,.0f}" for name in SETS)],
        ["model, MB", *(f"{ours[name]['model_bytes'] / 1e6:.0f}" for name in SETS)],
        ["matrix as bytes, MB", *(f"{ours[name]['matrix_bytes'] / 1e6:.1f}" for name in SETS)],
    ]))
    tagged = [name for name in SETS if "cold" in ours[name]]
    print("### Members of whom only tags are known\n")
    print(
        "The tags are those that weigh most in what the member likes, which is kinder than life: people state less apt ones. "
        "Recall@20 / NDCG@100.\n"
    )
    print(table(["Stated tags", *(SETS[name] for name in tagged)], [
        [count if count != "0" else "0 (popularity)", *(found(ours[name]["cold"][count]) for name in tagged)]
        for count in ("0", "1", "3", "10")
    ]))
    for name in tagged:
        steps = [ours[name]["cold"][count]["ndcg_100"] for count in ("0", "1", "3", "10")]
        goals.add(f"recommend.{name}.cold", f"{SETS[name]}: 1, 3 and 10 stated tags find more than fewer do (NDCG@100)",
                  ", ".join(f"{step:.3f}" for step in steps), all(a < b for a, b in zip(steps, steps[1:])))
    print("### The price of floors\n")
    print(
        "An item that fewer members like needs tags that fit to be suggested; 2 is set. Recall@20 / NDCG@100 of Outis:\n"
    )
    counts = list(ours["lastfm-2k"]["least_members"])
    print(table(["Members without whom an item needs tags", *counts], [
        [title, *(found(ours[name]["least_members"][count]) for count in counts)] for name, title in SETS.items()
    ]))
    print(
        "Lists of twenty similar items that anybody may see hold pairs that at least so many members like, of items with twice "
        "as many; 10 is set. What plain lists of such pairs alone find (Recall@20 / NDCG@100), the share of items that have "
        "one, and the share of entries that rest on one member:\n"
    )
    floors = [*sorted(ours["lastfm-2k"]["floors"].keys() - {"published"}, key=int), "published"]
    price = lambda told: (f"{found(told['metrics'])}; {100 * told['items_with_list']:.0f} %; "
                          f"{100 * told['entries_of_one_member']:.0f} %")
    print(table(["Floor of similar lists", *floors], [
        [title, *(price(ours[name]["floors"][floor]) for floor in floors)] for name, title in SETS.items()
    ]))
    print("Published lists are shorter still: a pair needs more members than the floor, as many as are drawn. They are in no "
          "order. Tags fill them up.\n")
    return ours


def percent(value):
    return f"{value:.2f} %"


def intents(goals):
    ours = {(name, what): read(f"{name}-{what}-outis") for name in INTENTS for what in ("accuracy", "scope")}
    peers = {(name, what): read_if_there(f"{name}-{what}-peer") for name in INTENTS for what in ("accuracy", "scope")}
    embedded = {(name, "accuracy"): read(f"{name}-embedded") for name in INTENTS}
    print("## Intents\n")
    print("The peer is scikit-learn's `LinearSVC` on words and pairs of words and runs of two to five characters. "
          "Embeddings are off unless an operator wants them; here they are GloVe vectors (`bench/embeddings.py`).\n")
    row = lambda what, key, of=ours: [what, *(percent(of[name, "accuracy"][key]) for name in INTENTS)]
    print(table(["`test`, all intents known", *INTENTS.values()], [
        row("accuracy", "accuracy"),
        row("the peer's accuracy", "accuracy", peers),
        row("accuracy with embeddings", "accuracy", embedded),
        row("accepted", "accepted"),
        row("right, of these", "accuracy_accepted"),
        row("to clarify", "clarified"),
        row("rejected", "rejected"),
        row("expected calibration error of confidence", "calibration_error"),
        ["model, MB", *(f"{ours[name, 'accuracy']['model_bytes'] / 1e6:.1f}" for name in INTENTS)],
        ["the peer's weights, MB", *(f"{peers[name, 'accuracy']['model_bytes'] / 1e6:.1f}" for name in INTENTS)],
    ]))
    for name, title in INTENTS.items():
        accuracy = ours[name, "accuracy"]["accuracy"]
        goals.add(f"intents.{name}.accuracy", f"{title}: accuracy at least {ACCURACY[name]} %", percent(accuracy),
                  accuracy >= ACCURACY[name])
    groups = ", ".join(f"{len(ours[name, 'scope']['groups'])} of {title}" for name, title in INTENTS.items())
    print(f"With each group of intents left out in turn ({groups}) and a threshold learnt for 3 % of known texts:\n")
    scope = lambda of, key: [percent(of[name, "scope"][key]) if of[name, "scope"] else "not measured" for name in INTENTS]
    span = []
    for name in INTENTS:
        recalls = [group["recall"] for group in ours[name, "scope"]["groups"] if group["texts"]]
        span.append(f"{min(recalls):.0f} to {max(recalls):.0f} %")
    print(table(["`test`, out of scope", *INTENTS.values()], [
        ["rejected of the texts it does not know (recall)", *scope(ours, "recall")],
        ["by group", *span],
        ["rejected of the texts it knows", *scope(ours, "rejected_in_scope")],
        ["the peer: recall", *scope(peers, "recall")],
        ["the peer: rejected of the texts it knows", *scope(peers, "rejected_in_scope")],
    ]))


def times(goals, ours):
    serving, logics = read("serving"), {"for_you": "for a member", "similar": "similar", "trending": "trending",
                                        "latest": "latest"}
    latency = {name: read(f"{name}-latency") for name in INTENTS}
    print("## Time\n")
    print(
        "On one processor, calls within the process. Percentiles are of single calls; of the runs the least and the middle are told, "
        "for other work on the machine only adds. Load averages: "
        + ", ".join(f"{load(name):.1f}" for name in ("serving", *INTENTS)) + ".\n"
    )
    print(
        f"Lists of twenty with rules, diversity, new items and reasons, among {serving['items']:,} made-up items with "
        f"{serving['tags']:,} tags ({serving['tier']} model of {serving['model_mib']} MiB):\n"
    )
    rows = []
    for logic, title in logics.items():
        runs = serving["lists"][logic]
        rows.append([title, *(spread([run[key] for run in runs], 3) for key in ("p50_ms", "p99_ms", "max_ms")),
                     f"{len(runs)} x {runs[0]['of']:,}"])
    print(table(["ms, least / middle of the runs", "p50", "p99", "most", "lists"], rows))
    middle = max(statistics.median(run["p99_ms"] for run in serving["lists"][logic]) for logic in logics)
    goals.timed("time.recommend", f"a list among {serving['items']:,} items: p99 <= 2 ms", f"{middle:.2f} ms", middle <= 2,
                load("serving"))
    print("Interpretations of the texts of `test`, and of one of 1,000 characters:\n")
    rows = []
    for name, title in INTENTS.items():
        told = latency[name]
        for key, what in (("texts_us", title), ("longest_us", f"{title}, 1,000 characters")):
            runs = told[key]
            rows.append([what, spread(runs["p50"], 0), spread(runs["p99"], 0), f"{len(runs['p50'])} x {runs['of']:,}"])
    print(table(["us, least / middle of the runs", "p50", "p99", "texts"], rows))
    middle = max(statistics.median(latency[name]["texts_us"]["p99"]) for name in INTENTS)
    goals.timed("time.interpret", "an interpretation: p99 <= 1 ms", f"{middle / 1e3:.3f} ms", middle <= 1000,
                max(load(name) for name in INTENTS))
    trained = ", ".join(f"{latency[name]['training_s']:.1f} s for {title}" for name, title in INTENTS.items())
    print(f"Learning intents, with the five folds for the threshold, on one processor: {trained}.\n")


def sources():
    print("## Data\n")
    print(
        "They are not part of the project. `make bench` looks for them in `data/quality` (or where `QUALITY_DATA` says) and says so "
        "where they are not there.\n"
    )
    print(table(["Folder", "Files", "From"], [
        ["`citeulike-t`", "`users.dat`, `tag-item.dat`", "the repository `js05212/citeulike-t`"],
        ["`lastfm-2k`", "`user_artists.dat`", "HetRec 2011, Last.fm; non-commercial research"],
        ["`hwu64`, `snips`", "`train`, `valid`, `test`, each with `seq.in` and `label`",
         "the repository `jianguoz/Few-Shot-Intent-Detection`; HWU64 is CC BY 4.0, SNIPS CC0"],
    ]))


def main():
    import io
    from contextlib import redirect_stdout
    goals = Goals()
    with redirect_stdout(io.StringIO()) as text:
        ours = recommendations(goals)
        intents(goals)
        times(goals, ours)
        sources()
    if lost := goals.lost():
        sys.exit("quality: held before and no longer: " + ", ".join(lost))
    goals.write()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    peers = ", ".join(f"{name} {version(name)}" for name in ("implicit", "numpy", "scipy", "scikit-learn"))
    print("# Quality of recommendations and intents\n")
    print("Written by `scripts/bench-quality`, which `make bench` calls; how each figure is taken is in `bench/` and "
          "`crates/personal/examples`.\n")
    print(table(["", ""], [
        ["date", datetime.now(timezone.utc).date().isoformat()],
        ["processors", f"{CORES} x {cpu}"],
        ["Outis", "built with `--profile quick`"],
        ["peers", peers],
    ]))
    print("## Goals\n")
    print(table(["goal", "measured", ""], goals.rows))
    print(
        "A goal that is held and is missed later fails the run. Goals of time have no verdict where they are missed on a machine "
        "that does much else.\n"
    )
    print(Path(__file__).with_name("quality-notes.md").read_text(encoding="utf-8"))
    print(text.getvalue().rstrip())


main()
