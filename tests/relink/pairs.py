"""Pairs of what the application saw and what is retained, and what a linker can tell of them."""

import collections
import math

import numpy as np

from loot import Session, Site, Visit


class Index:
    """Retained visits by day, slot and country, and how frequent words are among them."""

    def __init__(self, visits: list[Visit]):
        self.at = collections.defaultdict(list)
        self.words = collections.Counter()
        self.total = 0
        for visit in visits:
            for slot in range(visit.first - 1, visit.last + 2):
                self.at[visit.day, slot, visit.context[0]].append(visit)
            for _, _, _, page, item in visit.events:
                self.words.update((page, item))
                self.total += 1

    def near(self, day, first, last, country):
        """Visits from the country that touch these slots, or the ones beside them."""
        slots = range(first, last + 1)
        found = {id(visit): visit for slot in slots for visit in self.at.get((day, slot, country), ())}
        return list(found.values())

    def rarity(self, word):
        return math.log((self.total + 1) / (self.words[word] + 1))


def word_of(event):
    """Kind and word of a stored event, as the application names it."""
    _, _, name, page, item = event
    return (name, page if name == "pageview" else item if name in ("like", "bookmark") else "")


def known_word(event):
    return (event[1], event[2] if event[1] != "login" else "")


def aligned(known, stored):
    """How many known events are stored under the best shift of both clocks, within two seconds."""
    by_word = collections.defaultdict(list)
    for event in stored:
        by_word[word_of(event)].append(event[1])
    shifts = collections.Counter()
    for event in known:
        for since_s in by_word[known_word(event)]:
            shifts[round((event[0] - known[0][0]) / 1000 - since_s)] += 1
    if not shifts:
        return 0
    return max(sum(shifts[shift + d] for d in (-1, 0, 1)) for shift in shifts)


def features(site: Site, index: Index, session: Session, known: list, visit: Visit, rivals: int):
    """Everything that columns of rows have in common with what the application knows."""
    account = site.members[session.member]
    same = [float(a == b) for a, b in zip(account["context"], visit.context)]
    ours, theirs = collections.Counter(map(known_word, known)), collections.Counter(map(word_of, visit.events))
    both = ours & theirs
    acts = lambda words: sum(many for (kind, _), many in words.items() if kind in ("like", "bookmark", "login"))
    pages = lambda words: sum(many for (kind, _), many in words.items() if kind == "pageview")
    begins = known[0][0] % 86_400_000 // 900_000
    ends = known[-1][0] % 86_400_000 // 900_000
    return [
        *same,
        sum(same),
        float(account["language"] in visit.languages),
        visit.first - begins,
        visit.last - ends,
        acts(both),
        acts(ours) - acts(both),
        acts(theirs) - acts(both),
        pages(both),
        pages(ours) - pages(both),
        pages(theirs) - pages(both),
        sum(index.rarity(word) for _, word in both if word),
        aligned(known, visit.events) / len(known),
        len(visit.events) - len(known),
        float(any(mark & 1 for mark in visit.marks)),
        float(any(mark & 4 for mark in visit.marks)),
        rivals,
    ]


class Pairs:
    """All pairs of some sessions with the visits near them."""

    def __init__(self, site, sessions, index, earlier):
        """`earlier`: the pairs are with what came before signing in."""
        self.sessions, self.visits, self.of, rows, right = sessions, [], [], [], []
        for at, session in enumerate(sessions):
            known = (session.earlier or session.events[:1]) if earlier else session.events
            first, last = (known[at][0] % 86_400_000 // 900_000 for at in (0, -1))
            near = index.near(session.day, first, last, site.members[session.member]["context"][0])
            for visit in near:
                self.visits.append(visit)
                self.of.append(at)
                rows.append(features(site, index, session, known, visit, len(near)))
                right.append(site.is_of(session, visit))
        self.rows, self.right, self.of = np.array(rows, float), np.array(right, bool), np.array(self.of, int)

    def best(self, scores):
        """Of each session the score of its best visit, and whether that is the right one."""
        best, hit = np.zeros(len(self.sessions)), np.zeros(len(self.sessions), bool)
        chosen = [None] * len(self.sessions)
        for at, score, right, visit in zip(self.of, scores, self.right, self.visits):
            if chosen[at] is None or score > best[at]:
                best[at], hit[at], chosen[at] = score, right, visit
        return best, hit, chosen
