"""What the same attacker finds of living members: recent rows under each link policy, and visits before signing in."""

import collections

import numpy as np

from score import auc, by_person, resampled


def claims(attack, at, group):
    """What the attacker says is a member's: by day and number of the visitor, and by number of the period."""
    site, pairs = attack.sites[at], attack.pairs(at, group)
    best, _, chosen = pairs.best(attack.linker.scores(pairs))
    link = {(day, visitor): number for day, visitor, number in site.of(attack.stage, "links")}
    days, periods = collections.defaultdict(set), collections.defaultdict(collections.Counter)
    for session, score, visit in zip(pairs.sessions, best, chosen):
        if visit is not None and score > 0.5:
            days[session.member].add((visit.day, visit.visitor))
            number = link.get((visit.day, visit.visitor))
            if number is not None:
                periods[session.member][number] += score
    for member, numbers in periods.items():
        strongest = numbers.most_common(1)[0][0]
        days[member] |= {visitor for visitor, number in link.items() if number == strongest}
    return days


def attributed(attack, group="living"):
    """How many of a member's visits the attacker names, by class, and how many of those named are somebody else's."""
    of_class, wrong, named = collections.defaultdict(list), 0, 0
    for at, site in enumerate(attack.sites):
        said = claims(attack, at, group)
        visits = [visit for visit in site.stages[attack.stage] if visit.member]
        by_visitor, theirs = collections.defaultdict(set), collections.defaultdict(set)
        for visit in visits:
            by_visitor[visit.day, visit.visitor].add(visit.id)
            theirs[visit.person].add(visit.id)
        for member in attack.groups[at][group]:
            found = set().union(*(by_visitor[visitor] for visitor in said[member]))
            of_class[site.events_of(member)].append(len(found & theirs[member]) / len(theirs[member]))
            named += len(found)
            wrong += len(found - theirs[member])
    share = {str(events): float(np.mean(values)) for events, values in sorted(of_class.items())}
    return {"share_of_visits": share, "wrong": wrong / max(1, named)}


def linked(attack, names):
    """Of the sessions of which a visit is retained, the share whose best visit is the right one; what a blind choice
    among the visits near them would give; and how well right pairs are told from wrong ones."""
    people, blind, right, wrong = [], [], [], []
    for name in names:
        for at in range(len(attack.sites)):
            pairs = attack.pairs(at, name)
            scores = attack.linker.scores(pairs)
            right.append(scores[pairs.right])
            wrong.append(scores[~pairs.right])
            _, hit, _ = pairs.best(scores)
            there = np.zeros(len(pairs.sessions), bool)
            there[pairs.of[pairs.right]] = True
            near = np.bincount(pairs.of, minlength=len(pairs.sessions))
            blind += list(1 / near[there])
            people += by_person([s.member for s, is_there in zip(pairs.sessions, there) if is_there], hit[there])
    hits = np.concatenate(people)
    return {
        "sessions": len(hits),
        "top1": float(hits.mean()),
        "interval": resampled(people, len(people), np.mean),
        "blind": float(np.mean(blind)),
        "auc": auc(np.concatenate(right), np.concatenate(wrong)),
    }


def run(attack):
    """Recent rows of living members."""
    return {**linked(attack, ["living"]), **attributed(attack)}
