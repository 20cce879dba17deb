"""Attacks what is left of forgotten members, and writes what it measured.

Fails if forgotten members are linked better than chance, or if the same attacker does not link them where their rows stay.

usage: attack.py FOLDER SIZE RESULT.json
"""

import json
import pathlib
import sys

import differences
import forgotten
import items
import living
from forgotten import Attack
from loot import sites

# What the attacker knows of members besides what is kept: with or without the web access log.
KNOWING = {"database": False, "database and access log": True}
# Where rows stay, an attacker that does worse than this would prove nothing.
LEAST_AUC, LEAST_TOP1 = 0.9, 0.5
LEAST_WITHOUT_FLOOR = 0.6
# How much better than a coin exact counts may make the attacker, at the upper end of the interval: as for released tables.
MOST_ADVANTAGE = 0.10


def measure(folder, size):
    of_policy = {}
    for site in sites(folder, size):
        of_policy.setdefault(site.policy, []).append(site)
    by_day = of_policy["day"]
    told = {"size": size}
    for name, with_log in KNOWING.items():
        before = {policy: Attack(of, with_log, "before") for policy, of in of_policy.items()}
        # What came before signing in: visits of nobody, joined to the member by statistics alone.
        earlier = Attack(by_day, with_log, "after", earlier=True)
        told[name] = {
            "forgotten": forgotten.run(Attack(by_day, with_log, "after")),
            "rows_stay": forgotten.run(before["day"]),
            "living": {policy: living.run(attack) for policy, attack in before.items()},
            "before_signing_in": {
                "living": living.linked(earlier, ["living"]),
                "forgotten": living.linked(earlier, ["fold", "delete"]),
            },
        }
    told["history"] = items.run(by_day)
    if "noise" in of_policy:
        told["history_with_noise"] = items.run(of_policy["noise"])
    told["history_without_floor"] = items.run(by_day, floor=False)
    told["missing_numbers"] = differences.missing_numbers(by_day)
    told["cells_less_rows"] = differences.by_rows(by_day)
    told["answers_around_leaving"] = differences.by_answers(by_day)
    return told


def failures(told):
    """What does not hold of what is claimed."""
    for name in KNOWING:
        left, stay = told[name]["forgotten"]["all"], told[name]["rows_stay"]["all"]
        if not left["within"]:
            yield f"{name}: forgotten members are linked better than chance"
        if stay["within"] or stay["auc"] < LEAST_AUC or stay["top1"] < LEAST_TOP1:
            yield f"{name}: the attacker is too weak: it does not link members whose rows stay"
    yield from failures_of_history(told)
    if told["history_without_floor"]["auc"] < LEAST_WITHOUT_FLOOR:
        yield "the attacker on history is too weak: it tells nothing where there is no floor either"
    if told["missing_numbers"]:
        yield "numbers of visitors are missing where members were forgotten"


def failures_of_history(told):
    """Exact counts hold a trace of each of the many who are in them: it is bounded, and noise is to take it away."""
    exact, noisy = told["history"], told.get("history_with_noise")
    if noisy is None:
        if not exact["within"]:
            yield "history alone tells what forgotten members did better than chance"
        return
    if not noisy["within"]:
        yield "history with noise tells what forgotten members did better than chance"
    if 2 * exact["interval"][1] - 1 > MOST_ADVANTAGE:
        yield "history alone tells what forgotten members did more than exact counts over so many people may"


def main(folder, size, result):
    told = measure(folder, size)
    told["failures"] = list(failures(told))
    text = json.dumps(told, indent=1)
    pathlib.Path(result).write_text(text + "\n", encoding="utf-8")
    print(text)
    for failure in told["failures"]:
        print(f"relink: {failure}", file=sys.stderr)
    return 1 if told["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
