"""What stores and answers tell by differing from each other, about who was forgotten."""

import collections

import numpy as np

from forgotten import groups
from loot import DAY_MS, day_of, lines
from score import auc, chance, resampled

HOUR_MS = 3_600_000


def missing_numbers(sites):
    """How many visitors' numbers are missing on closed days: each would say that somebody of that day is gone."""
    missing = 0
    for site in sites:
        numbers = collections.defaultdict(set)
        for told in site.of("after", "visits"):
            if told["closed"] and told["visitor"]:
                numbers[told["day"]].add(told["visitor"])
        counted = collections.Counter()
        for day, _, _, visitors in site.of("after", "files"):
            counted[day] += visitors
        missing += sum(max(counted[day], *there) - len(there) for day, there in numbers.items())
    return missing


def told_of_days(site, stage):
    """What cells, and what waits to be one, tell of hours, pages and items of days."""
    told = {}
    for what in ("cells", "waiting"):
        for span, day, family, place, (_, _, views, events) in site.of(stage, what):
            if span != "Day":
                continue
            if family == [] and "hour" in place:
                told[day, "hour", place["hour"] // 60 % 24] = events
            elif family == ["page"] and isinstance(place, list):
                told[day, "page", place[0]] = views
            elif family == ["event", "item"] and isinstance(place, list):
                told[day, place[0], place[1]] = events
    return told


def there(site):
    """The same of the rows that are left."""
    rows = collections.Counter()
    for visit in site.stages["after"]:
        for slot, _, name, page, item in visit.events:
            rows[visit.day, "hour", slot // 4] += 1
            if name == "pageview":
                rows[visit.day, "page", page] += 1
            if item:
                rows[visit.day, name, item] += 1
    return rows


def missing(site):
    """What is told of a day and is not in its rows."""
    told = told_of_days(site, "before") | told_of_days(site, "after")
    rows = there(site)
    return {key for key, value in told.items() if value > rows[key]}


def known(session):
    """What must be missing if this session's rows are gone."""
    for at_ms, kind, word in session.events:
        day = at_ms // DAY_MS
        yield (day, "hour", at_ms % DAY_MS // HOUR_MS)
        if kind == "pageview":
            yield (day, "page", word)
        elif kind in ("like", "bookmark"):
            yield (day, kind, word)


def told_apart(sites, statistic):
    """How well a statistic of a member tells forgotten ones from those who never sent anything."""
    people = {"forgotten": [], "control": []}
    for site in sites:
        value, of = statistic(site), groups(site)
        sessions = collections.defaultdict(list)
        for session in site.sessions(with_log=True):
            sessions[session.member].append(session)
        for name, members in (("forgotten", of["fold"] + of["delete"]), ("control", of["control"] + of["yardstick"])):
            people[name] += [np.array([np.mean([value(s) for s in sessions[member]])]) for member in members]
    forgotten, control = people["forgotten"], people["control"]
    yardstick = np.concatenate(control)
    measure = lambda values: auc(values, yardstick)
    low, high = chance(forgotten, control, measure)
    found = measure(np.concatenate(forgotten))
    return {
        "auc": found,
        "interval": resampled(forgotten, len(forgotten), measure),
        "chance": [low, high],
        "within": low <= found <= high,
    }


def by_rows(sites):
    """Cells less rows: for whoever reads both, with the keys."""
    def statistic(site):
        found = missing(site)
        return lambda session: np.mean([key in found for key in known(session)])

    return told_apart(sites, statistic)


def open_day(site):
    """The day on which members were forgotten: only days before it are asked about."""
    return max(day for day, *_ in site.of("before", "files"))


def by_answers(sites):
    """What an analyst is told otherwise after one member left: hours, pages and items in which they did something, and
    such in which they did not. Nothing changes when somebody leaves who never was there."""
    told = collections.Counter()
    for site in sites:
        sessions = collections.defaultdict(list)
        for session in site.sessions(with_log=True):
            sessions[session.member].append(session)
        for asked in lines(site.folder / "asked.jsonl"):
            member = asked["member"]
            found = differing(asked["before"], asked["after"])
            if site.group(member) == "never":
                told["nobody", "leaves"] += 1
                told["nobody", "seen"] += bool(found)
                continue
            theirs = {key for session in sessions[member] for key in known(session) if key[0] < open_day(site)}
            told["member", "leaves"] += 1
            told["member", "seen"] += bool(found)
            for kind, is_kind in (("hours", lambda key: key[1] == "hour"), ("pages", lambda key: key[1] == "page")):
                told[kind, "theirs"] += sum(map(is_kind, theirs))
                told[kind, "found"] += sum(map(is_kind, found & theirs))
                told[kind, "wrong"] += sum(map(is_kind, found - theirs))
    return {" ".join(key): many for key, many in told.items()}


def differing(before, after):
    """Hours of days, and pages of days, of which an analyst is told another number."""
    found = set()
    table = lambda rows: {row["keys"][0]: row["values"] for row in rows}
    a, b = table(before["hours"]), table(after["hours"])
    first = day_of(min(a))
    for hour in a.keys() | b.keys():
        if a.get(hour) != b.get(hour):
            found.add((day_of(hour), "hour", int(hour[11:13])))
    for at, (old, new) in enumerate(zip(before["days"], after["days"])):
        a, b = table(old["page"]), table(new["page"])
        for page in a.keys() | b.keys():
            if a.get(page) != b.get(page) and page.startswith("/"):
                found.add((first + at, "page", page))
    return found
