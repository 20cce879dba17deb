"""Released cells alone: does what history tells of an item say that a certain member did something with it?"""

import collections

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from forgotten import groups
from loot import lines
from score import auc, chance, resampled

SEED = 20261130
# Items of other people for each one of the member's own.
OTHERS = 4


class Told:
    """What anybody with access to the site reads in history about downloads of items; without a floor, what waits too."""

    def __init__(self, site, floor):
        self.day, self.week, self.all = {}, {}, collections.defaultdict(list)
        self.site = collections.Counter()
        told = site.of("after", "cells") + ([] if floor else site.of("before", "waiting"))
        for span, first, family, place, (visitors, _, _, events) in told:
            if family == [] and isinstance(place, list) and span == "Day":
                self.site[first] = events
            if family != ["event", "item"] or isinstance(place, dict) or place[0] != "download":
                continue
            if span == "Day":
                self.day[first, place[1]] = (visitors, events)
                self.all[place[1]].append((first, events))
            elif span == "Week":
                self.week[first, place[1]] = (visitors, events)

    def features(self, day, item):
        nothing = (0, 0)
        today, week = self.day.get((day, item), nothing), self.week.get((day - (day + 3) % 7, item), nothing)
        others = [events for other, events in self.all[item] if other != day]
        usual = float(np.mean(others)) if others else 0.0
        return [*today, *week, usual, len(others), today[1] - usual, self.site[day]]


def cases(told, site, members, dice):
    """Features of items that members downloaded on a day, and of others: by member (rows, whether it was)."""
    downloads = lines(site.folder / "downloads.jsonl")
    pool = [item for _, _, item in downloads]
    of = collections.defaultdict(lambda: collections.defaultdict(set))
    for person, day, item in downloads:
        of[person][day].add(item)
    people = []
    for member in members:
        rows, labels = [], []
        for day, items in of[member].items():
            for item in items:
                rows.append(told.features(day, item))
                labels.append(True)
            others = [pool[at] for at in dice.integers(0, len(pool), OTHERS * len(items))]
            for item in others:
                if item not in items:
                    rows.append(told.features(day, item))
                    labels.append(False)
        if rows:
            people.append((np.array(rows, float), np.array(labels)))
    return people


def run(sites, floor=True):
    dice = np.random.default_rng(SEED)
    people = collections.defaultdict(list)
    for site in sites:
        of, told = groups(site), Told(site, floor)
        for name in ("practice", "living", "fold", "delete"):
            people[name] += cases(told, site, of[name], dice)
        people["control"] += cases(told, site, of["control"] + of["yardstick"], dice)
    model = HistGradientBoostingClassifier(random_state=SEED, max_iter=100, early_stopping=False)
    model.fit(np.concatenate([rows for rows, _ in people["practice"]]), np.concatenate([l for _, l in people["practice"]]))
    scored = {name: [np.column_stack([model.predict_proba(rows)[:, 1], labels]) for rows, labels in of_group]
              for name, of_group in people.items()}
    measure = lambda cases: auc(cases[cases[:, 1] == 1, 0], cases[cases[:, 1] == 0, 0])
    forgotten = scored["fold"] + scored["delete"]
    told = {name: measure(np.concatenate(of_group)) for name, of_group in scored.items() if name != "practice"}
    told["auc"] = measure(np.concatenate(forgotten))
    told["interval"] = resampled(forgotten, len(forgotten), measure)
    told["chance"] = low, high = chance(forgotten, scored["control"], measure)
    told["within"] = low <= told["auc"] <= high
    return told
