"""What the attacker has of a site: all that is kept, the application's own data; and, for the score alone, the truth."""

import collections
import dataclasses
import datetime
import json
import pathlib

SILENCE_MS = 30 * 60_000
DAY_MS = 86_400_000
SLOT_MS = 15 * 60_000
ACTS = ("login", "like", "bookmark")


@dataclasses.dataclass
class Visit:
    """A retained visit. `person` and `id` are the truth."""

    day: int
    visitor: int
    member: bool
    context: list
    languages: list
    marks: list
    events: list
    id: int = None
    person: int = None
    before: bool = False

    @property
    def first(self):
        return self.events[0][0]

    @property
    def last(self):
        return self.events[-1][0]


@dataclasses.dataclass
class Session:
    """What the application saw of somebody without a longer pause: (milliseconds, kind, page or item)."""

    member: int
    events: list
    # What the same address asked for just before signing in; None if nobody signed in.
    earlier: list = None

    @property
    def day(self):
        return self.events[0][0] // DAY_MS

    @property
    def first(self):
        return self.events[0][0] % DAY_MS // SLOT_MS

    @property
    def last(self):
        return self.events[-1][0] % DAY_MS // SLOT_MS


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Site:
    """One site under one link policy."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.name, self.policy = folder.name.rsplit("-", 1)
        self.people = lines(folder / "people.jsonl")
        self.members = {account["member"]: account for account in lines(folder / "members.jsonl")}
        self.truth = lines(folder / "visits.jsonl")
        self.stages = {stage: self._visits(stage) for stage in ("before", "after")}
        self.requests = collections.defaultdict(list)
        for at_ms, sender, page, login in lines(folder / "access-log.jsonl"):
            self.requests[sender].append((at_ms, "login" if login else "pageview", page))

    def of(self, stage, what):
        return lines(self.folder / f"{stage}-{what}.jsonl")

    def group(self, member):
        return self.people[member][0]

    def events_of(self, member):
        """How many events the member did: 5, 50 or 500."""
        return self.people[member][2]

    def _visits(self, stage):
        visits = []
        for told, mark in zip(self.of(stage, "visits"), self.of(stage, "truth")):
            del told["closed"]
            visit = Visit(**told)
            if not visit.events:
                continue
            if mark is not None:
                visit.id = mark
                visit.person, _, visit.before = self.truth[mark][:3]
            visits.append(visit)
        # In an order that their content gives: that of numbers is another one in each run.
        return sorted(visits, key=lambda visit: (visit.day, repr(visit.events), visit.context, visit.languages))

    def is_of(self, session, visit):
        """Whether the visit is what the application saw: of the same person at the same time."""
        if visit.person != session.member:
            return False
        _, _, _, begins, ends = self.truth[visit.id]
        known = session.events if not visit.before else (session.earlier or session.events[:1])
        slack = SILENCE_MS if visit.before else 0
        return begins - slack <= known[-1][0] and known[0][0] <= ends + slack

    def sessions(self, with_log):
        """Sessions of all members who are attacked, or attacked for practice."""
        return [s for member in self.members.values() for s in self._sessions(member, with_log)]

    def _sessions(self, account, with_log):
        events = [(at_ms, kind, item or "") for kind in ACTS for at_ms, item in account[kind]]
        if with_log:
            events = [e for e in events if e[1] != "login"] + self.requests[account["sender"]]
        events.sort()
        sessions, run = [], []
        for event in events:
            if run and event[0] - run[-1][0] > SILENCE_MS:
                sessions.append(run)
                run = []
            run.append(event)
        if run:
            sessions.append(run)
        return [split(account["member"], run) for run in sessions]


def split(member, events):
    """Apart at signing in: what came before is nobody's in the rows."""
    at = next((at for at, event in enumerate(events) if event[1] == "login"), None)
    if at is None:
        return Session(member, events)
    return Session(member, events[at:], events[:at])


def day_of(date):
    """Days since 1970 of a date such as 2026-11-23."""
    return datetime.date.fromisoformat(date[:10]).toordinal() - datetime.date(1970, 1, 1).toordinal()


def sites(folder, size):
    found = sorted(path for path in pathlib.Path(folder).iterdir() if path.name.startswith(f"{size}-"))
    return [Site(path) for path in found]
