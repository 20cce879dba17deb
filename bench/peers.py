"""Asks peers the same questions over the same rows, and fails if their counts are not ours.

usage: peers.py ENGINE PARQUET_DIR STORE_DIR OURS.json OUT.json RUNS     ENGINE: chdb or duckdb

Each engine runs in a process of its own, so that peak memory and processor time are its own. Distinct counts are exact.
"""

import json
import os
import resource
import shutil
import statistics
import sys
import time

COLUMNS = (
    "site LowCardinality(String), ts DateTime64(3, 'UTC'), name LowCardinality(String), visitor UInt64, session UInt64, "
    "path String, source LowCardinality(String), country LowCardinality(String), browser LowCardinality(String), "
    "os LowCardinality(String), device LowCardinality(String), language LowCardinality(String), "
    "item Nullable(String), tag LowCardinality(Nullable(String)), member UInt64"
)

# As small as codecs make it.
COLUMNS_ZSTD = (
    "site LowCardinality(String) CODEC(ZSTD(3)), ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3)), "
    "name LowCardinality(String) CODEC(ZSTD(3)), visitor UInt64 CODEC(ZSTD(3)), session UInt64 CODEC(ZSTD(3)), "
    "path String CODEC(ZSTD(3)), source LowCardinality(String) CODEC(ZSTD(3)), "
    "country LowCardinality(String) CODEC(ZSTD(3)), browser LowCardinality(String) CODEC(ZSTD(3)), "
    "os LowCardinality(String) CODEC(ZSTD(3)), device LowCardinality(String) CODEC(ZSTD(3)), "
    "language LowCardinality(String) CODEC(ZSTD(3)), item Nullable(String) CODEC(ZSTD(3)), "
    "tag LowCardinality(Nullable(String)) CODEC(ZSTD(3)), member UInt64 CODEC(ZSTD(3))"
)

# Question: columns of the answer that are text come first; ties of a top list are broken by the word, as ours are.
# A visit bounced if it has less than two page views and nothing else: the generator's own events are all interactive.
CHDB = {
    "totals": "SELECT uniqExact(visitor), uniqExact(session), countIf(name = 'pageview') FROM ev",
    "bounce": "SELECT 100 * avg(v < 2 AND n = v), avg(d) FROM (SELECT countIf(name = 'pageview') v, count() n, "
    "dateDiff('second', min(ts), max(ts)) d FROM ev GROUP BY session)",
    "daily": "SELECT uniqExact(visitor), countIf(name = 'pageview') FROM ev GROUP BY toDate(ts) AS d ORDER BY d",
    "pages": "SELECT path, uniqExact(visitor) u, count() FROM ev WHERE name = 'pageview' GROUP BY path "
    "ORDER BY u DESC, path LIMIT 100",
    "sources": "SELECT source, uniqExact(visitor) u FROM ev GROUP BY source ORDER BY u DESC, source LIMIT 100",
    "filtered": "SELECT browser, os, uniqExact(visitor) u FROM ev WHERE country = 'C03' AND path LIKE '/courses/%' "
    "GROUP BY browser, os ORDER BY u DESC, browser, os",
    "items": "SELECT item, countIf(name = 'bookmark') b, countIf(name = 'like') l, countIf(name = 'download') d FROM ev "
    "WHERE item IS NOT NULL GROUP BY item ORDER BY b DESC, item LIMIT 50",
    "wide": "SELECT path, ifNull(item, ''), browser, uniqExact(visitor) u FROM ev GROUP BY path, item, browser "
    "ORDER BY u DESC, path, ifNull(item, ''), browser LIMIT 100",
    "crossed": "SELECT item, browser, uniqExact(visitor) u FROM ev WHERE item IS NOT NULL GROUP BY item, browser "
    "ORDER BY u DESC, item, browser LIMIT 100",
    # The cohort of the first week: of those who came in it, who came in each of the weeks behind it.
    "retention": "SELECT arrayJoin(sumForEach(r)) FROM (SELECT retention(w = FIRST_WEEK, w = FIRST_WEEK + 1, "
    "w = FIRST_WEEK + 2, w = FIRST_WEEK + 3, w = FIRST_WEEK + 4, w = FIRST_WEEK + 5) r FROM "
    "(SELECT member, intDiv(toUInt32(toDate(ts)) + 3, 7) w FROM ev WHERE member != 0) GROUP BY member)",
    # A bounce takes no time. Weekdays from Monday.
    "visits": (
        "SELECT multiIf(v >= 21, 21, v >= 11, 11, v >= 6, 6, v) c, count() FROM "
        "(SELECT countIf(name = 'pageview') v FROM ev GROUP BY session) GROUP BY c ORDER BY c",
        "SELECT multiIf(d >= 3600, 3600, d >= 1800, 1800, d >= 600, 600, d >= 180, 180, d >= 60, 60, d >= 30, 30, d >= 10, 10, "
        "0) c, count() FROM (SELECT if(countIf(name = 'pageview') < 2 AND countIf(name = 'pageview') = "
        "count(), 0, dateDiff('second', min(ts), max(ts))) d FROM ev GROUP BY session) GROUP BY c ORDER BY c",
        "SELECT toDayOfWeek(ts) - 1 w, toHour(ts) h, uniqExact(visitor) FROM ev GROUP BY w, h ORDER BY w, h",
    ),
    "paths": "SELECT c, s[c + 1] f, s[c + 2] t, count() FROM (SELECT arrayCompact(arrayMap(e -> splitByChar('/', e.2)[2], "
    "arraySort(groupArray((toUnixTimestamp64Milli(ts), path))))) s FROM ev WHERE name = 'pageview' GROUP BY session) "
    "ARRAY JOIN [0, 1] AS c WHERE length(s) >= c + 2 GROUP BY c, f, t ORDER BY c, f, t",
    # Milliseconds, so that events of one second keep their order as they do with us.
    "funnel": "SELECT device, countIf(l >= 1), countIf(l >= 2), countIf(l >= 3) FROM (SELECT visitor, any(device) device, "
    "windowFunnel(86400000)(toUInt64(toUnixTimestamp64Milli(ts)), name = 'pageview', name = 'search', name = 'bookmark') l "
    "FROM ev GROUP BY visitor) GROUP BY device HAVING countIf(l >= 1) > 0 ORDER BY device",
}
DUCKDB = {
    "totals": "SELECT count(DISTINCT visitor), count(DISTINCT session), count(*) FILTER (name = 'pageview') FROM ev",
    "bounce": "SELECT 100 * avg((v < 2 AND n = v)::INT), avg(d) FROM (SELECT count(*) FILTER (name = 'pageview') v, "
    "count(*) n, date_diff('second', min(ts), max(ts)) d FROM ev GROUP BY session)",
    "daily": "SELECT count(DISTINCT visitor), count(*) FILTER (name = 'pageview') FROM ev GROUP BY ts::DATE ORDER BY ts::DATE",
    "pages": "SELECT path, count(DISTINCT visitor) u, count(*) FROM ev WHERE name = 'pageview' GROUP BY path "
    "ORDER BY u DESC, path LIMIT 100",
    "sources": "SELECT source, count(DISTINCT visitor) u FROM ev GROUP BY source ORDER BY u DESC, source LIMIT 100",
    "filtered": "SELECT browser, os, count(DISTINCT visitor) u FROM ev WHERE country = 'C03' AND path LIKE '/courses/%' "
    "GROUP BY browser, os ORDER BY u DESC, browser, os",
    "items": "SELECT item, count(*) FILTER (name = 'bookmark') b, count(*) FILTER (name = 'like') l, "
    "count(*) FILTER (name = 'download') d FROM ev WHERE item IS NOT NULL GROUP BY item ORDER BY b DESC, item LIMIT 50",
}


class ChDb:
    def __init__(self, data, store):
        import chdb
        from chdb import session

        self.version = f"chDB {chdb.__version__} (ClickHouse {chdb.engine_version})"
        self.session = session.Session(f"{store}/chdb")
        self.data = data
        self.questions = CHDB

    def load(self):
        self.session.query("CREATE DATABASE IF NOT EXISTS b ENGINE = Atomic")
        self.table("ev", COLUMNS)

    def table(self, name, columns):
        self.session.query(
            f"CREATE TABLE b.{name} ({columns}) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) "
            "ORDER BY (site, toDate(ts), visitor, ts)"
        )
        self.session.query(f"INSERT INTO b.{name} SELECT * FROM file('{self.data}/*.parquet', Parquet)")
        self.session.query(f"OPTIMIZE TABLE b.{name} FINAL")

    def bytes(self):
        return {"default": self.bytes_of("ev"), "zstd": self.packed()}

    def bytes_of(self, name):
        parts = f"SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'b' AND table = '{name}'"
        return int(str(self.session.query(parts)).strip())

    def packed(self):
        """The same table as small as its codecs make it."""
        self.table("packed", COLUMNS_ZSTD)
        bytes = self.bytes_of("packed")
        self.session.query("DROP TABLE b.packed")
        return bytes

    def ask(self, sql):
        if isinstance(sql, tuple):
            return [row for part in sql for row in self.ask(part)]
        sql = sql.replace(" ev", " b.ev") + " SETTINGS output_format_json_quote_64bit_integers = 0"
        answer = self.session.query(sql, "JSONCompactEachRow")
        return [json.loads(line) for line in str(answer).splitlines()]


class DuckDb:
    def __init__(self, data, store):
        import duckdb

        self.version = f"DuckDB {duckdb.__version__}"
        self.path = f"{store}/duck.db"
        self.connection = duckdb.connect(self.path)
        self.data = data
        self.questions = DUCKDB

    def load(self):
        self.connection.execute(
            f"CREATE TABLE ev AS SELECT * FROM '{self.data}/*.parquet' ORDER BY ts::DATE, visitor, ts"
        )
        self.connection.execute("CHECKPOINT")

    def bytes(self):
        return {"default": os.path.getsize(self.path)}

    def ask(self, sql):
        return [list(row) for row in self.connection.execute(sql).fetchall()]


def clocks():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def timed(work):
    wall, cpu = clocks()
    result = work()
    now, used = clocks()
    return result, (now - wall) * 1000, (used - cpu) * 1000


def peak_mib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
            refs.write("5")
    except OSError:
        pass


def flat(value):
    if isinstance(value, list):
        return [part for inner in value for part in flat(inner)]
    return [value]


def same(ours, theirs):
    """Words and counts must be equal, means to nine digits."""

    def equal(a, b):
        if isinstance(a, str) or isinstance(b, str):
            return a == b
        return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(a)))

    ours, theirs = flat(ours), flat(theirs)
    return len(ours) == len(theirs) and all(equal(a, b) for a, b in zip(ours, theirs))


def main():
    engine, data, store, ours, out, runs = sys.argv[1:7]
    store = f"{store}/{engine}"
    shutil.rmtree(store, ignore_errors=True)
    os.makedirs(store)
    peer = {"chdb": ChDb, "duckdb": DuckDb}[engine](data, store)
    _, wall_ms, cpu_ms = timed(peer.load)
    result = {"version": peer.version, "load": {"wall_ms": wall_ms, "cpu_ms": cpu_ms, "peak_mib": peak_mib()}}
    with open(ours, encoding="utf-8") as file:
        found = json.load(file)
    answers = {question["name"]: question["answer"] for question in found["questions"]}

    def filled(sql):
        if isinstance(sql, tuple):
            return tuple(filled(part) for part in sql)
        return sql.replace("FIRST_WEEK", str(found["first_week"]))

    wrong = []
    result["questions"] = []
    forget_peak()
    for name, sql in peer.questions.items():
        if name not in answers:
            sys.exit(f"{engine}: we were not asked {name}")
        sql = filled(sql)
        answer, first_ms, _ = timed(lambda: peer.ask(sql))
        times = [timed(lambda: peer.ask(sql))[1:] for _ in range(int(runs))]
        wall, cpu = (statistics.median(column) for column in zip(*times))
        result["questions"].append({"name": name, "wall_ms": wall, "cpu_ms": cpu, "first_wall_ms": first_ms})
        equal = same(answers[name], answer)
        told = "" if equal else "  NOT EQUAL to ours"
        print(f"{engine}: {name:10} {wall:8.1f} ms, {cpu:8.1f} ms CPU{told}", file=sys.stderr)
        if not equal:
            wrong.append(name)
            print("  ours  ", str(answers[name])[:300], "\n  theirs", str(answer)[:300], file=sys.stderr)
    result["peak_mib"] = peak_mib()
    result["bytes"] = peer.bytes()
    with open(out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    if wrong:
        sys.exit(f"{engine}: other answers than ours: {', '.join(wrong)}")


main()
