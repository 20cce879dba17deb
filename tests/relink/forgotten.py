"""The claim: visits of members who were forgotten are linked to them no better than visits that never were sent."""

import numpy as np

from linker import Linker
from pairs import Index, Pairs
from score import auc, by_person, chance, resampled

FORGOTTEN = ("fold", "delete")


def halves(members):
    """Two halves, each with members of every class."""
    return members[::2], members[1::2]


def groups(site):
    """Members by what happens to them. Of those who never sent anything half are the control, half the yardstick."""
    of = {name: [m for m in site.members if site.group(m) == name] for name in ("living", "fold", "delete", "never")}
    practice, living = halves(of["living"])
    control, yardstick = halves(of["never"])
    return {"practice": practice, "living": living, "control": control, "yardstick": yardstick,
            "fold": of["fold"], "delete": of["delete"]}


class Attack:
    """A linker that learnt from living members of these sites, and what it says of everybody else's sessions.

    `earlier`: it links what came before signing in, which is looked for among visits of nobody.
    """

    def __init__(self, sites, with_log, stage, earlier=False):
        self.sites, self.stage, self.earlier = sites, stage, earlier
        self.groups = [groups(site) for site in sites]
        self.sessions = [
            [session for session in site.sessions(with_log) if session.earlier is not None or not earlier]
            for site in sites
        ]
        self.indexes = [Index([v for v in site.stages[stage] if v.member != earlier]) for site in sites]
        self.known = {}
        self.linker = Linker([self.pairs(at, "practice") for at in range(len(sites))])

    def pairs(self, at, group):
        if (at, group) not in self.known:
            members = set(self.groups[at][group])
            sessions = [session for session in self.sessions[at] if session.member in members]
            self.known[at, group] = Pairs(self.sites[at], sessions, self.indexes[at], self.earlier)
        return self.known[at, group]

    def best(self, group):
        """Of each person the best scores of their sessions, and how many were right: (class, scores, hits)."""
        people = []
        for at, site in enumerate(self.sites):
            pairs = self.pairs(at, group)
            best, hit, _ = pairs.best(self.linker.scores(pairs))
            members = [session.member for session in pairs.sessions]
            scores, hits = by_person(members, best), by_person(members, hit)
            classes = [site.events_of(member) for member in dict.fromkeys(members)]
            people += list(zip(classes, scores, hits))
        return people


def of_class(people, events):
    return [(scores, hits) for many, scores, hits in people if events in (None, many)]


def measured(best, events=None):
    """AUC against the yardstick and share of sessions linked rightly, of forgotten members and of the control."""
    found = {name: of_class(best[name], events) for name in best}
    yardstick = np.concatenate([scores for scores, _ in found["yardstick"]])
    control = [scores for scores, _ in found["control"]]
    forgotten = found["fold"] + found["delete"]
    against = lambda scores: auc(scores, yardstick)
    people = [scores for scores, _ in forgotten]
    told = {
        "people": len(forgotten),
        "auc": against(np.concatenate(people)),
        "interval": resampled(people, len(people), against),
        "control_people": len(control),
        "control": against(np.concatenate(control)),
        "control_interval": resampled(control, len(control), against),
        "chance": chance(people, control, against),
        "top1": float(np.concatenate([hits for _, hits in forgotten]).mean()),
        "control_top1": float(np.concatenate([hits for _, hits in found["control"]]).mean()),
    }
    for mode in FORGOTTEN:
        told[mode] = against(np.concatenate([scores for scores, _ in found[mode]]))
    low, high = told["chance"]
    told["within"] = low <= told["auc"] <= high and told["top1"] <= told["control_top1"]
    return told


def run(attack):
    """The attack on all classes together and on each of them."""
    best = {name: attack.best(name) for name in ("control", "yardstick", *FORGOTTEN)}
    return {str(events or "all"): measured(best, events) for events in (None, 5, 50, 500)}
