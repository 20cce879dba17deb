//! Every store that can hold a personal value, a pseudonym or a key: what is told of it, and what code makes it.
//!
//! `xtask tidy` looks for code that makes files, tables, keys and caches, and fails if one is named by no store here; the
//! document for data-protection officers and `outis inventory` are made from this list.

/// What a store can hold that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Something about somebody, with who it is about.
    Personal,
    /// A number that rows of one visitor or member have in common.
    Pseudonym,
    /// Words that were admitted, or that staff wrote.
    Words,
    /// A key, or something that only whoever has it may do.
    Secrets,
    /// Counts, over at least the floor of people or of nobody.
    Counts,
}

impl Holds {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Holds::Personal => "personal",
            Holds::Pseudonym => "pseudonyms",
            Holds::Words => "words",
            Holds::Secrets => "secrets",
            Holds::Counts => "counts",
        }
    }
}

/// Where a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below the data directory: a file, or a folder if it ends with a slash.
    Disk(&'static str),
    /// In the process only.
    Memory,
    /// Somewhere that is the operator's.
    Outside(&'static str),
}

/// A store.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    /// What it is called.
    pub name: &'static str,
    /// Where it is.
    pub place: Place,
    /// What kind of thing it can hold.
    pub holds: &'static [Holds],
    /// The same in words.
    pub what: &'static str,
    /// Under which key.
    pub key: &'static str,
    /// How long something is in it.
    pub lives: &'static str,
    /// What forgetting somebody does to it.
    pub forget: &'static str,
    /// Code that makes it: `table NAME`, `purpose NAME` of a key, `file PATH` of source that makes files, `cache PATH` of
    /// source that keeps some of something in memory.
    pub made_by: &'static [&'static str],
}

use Holds::{Counts, Personal, Pseudonym, Secrets, Words};

/// Every store, in the order in which data flows.
pub const STORES: &[Store] = &[
    Store {
        name: "requests",
        place: Place::Memory,
        holds: &[Personal],
        what: "address, user agent, full address of the page, what was sent, while it is taken in; addresses that sent much",
        key: "none",
        lives: "milliseconds; limits by network some minutes",
        forget: "nothing: it is over",
        made_by: &[],
    },
    Store {
        name: "debug events",
        place: Place::Memory,
        holds: &[Personal],
        what: "what a developer sent with the site's debug token, as it was sent",
        key: "none",
        lives: "15 minutes, 20 events of a site",
        forget: "nothing: it is the developer's own",
        made_by: &[],
    },
    Store {
        name: "keys of visitors' numbers",
        place: Place::Memory,
        holds: &[Secrets],
        what: "the secret under which the visitors of a site's day are numbered",
        key: "in the key tree",
        lives: "the day and its grace",
        forget: "nothing: it is everybody's of the day",
        made_by: &["purpose VisitorDay"],
    },
    Store {
        name: "persons of open days",
        place: Place::Memory,
        holds: &[Pseudonym],
        what: "who a day's visitor is under the secret of the period, and that secret",
        key: "none",
        lives: "until the day is closed, at most three days; the secret until the period ends",
        forget: "nothing: what is asked of it is only how many there were",
        made_by: &[],
    },
    Store {
        name: "waiting room",
        place: Place::Disk("waiting.sealed"),
        holds: &[Counts],
        what: "of each word that waits a keyed hash, and how many people were seen with it; in memory a bit for each person",
        key: "of the week",
        lives: "the week",
        forget: "nothing: no word is in it, and nobody",
        made_by: &["purpose Waiting", "file crates/serve/src/core/kept.rs", "file crates/serve/src/core/snapshots.rs"],
    },
    Store {
        name: "insert ids",
        place: Place::Disk("dedup.sealed"),
        holds: &[Pseudonym],
        what: "keyed hashes of the ids by which senders mark repetitions",
        key: "of snapshots; the hashes under another",
        lives: "two days",
        forget: "nothing: a hash leads to no row",
        made_by: &["purpose Dedup", "purpose Snapshot"],
    },
    Store {
        name: "journal",
        place: Place::Disk("journal/"),
        holds: &[Pseudonym, Words],
        what: "events as numbers, with words that were just admitted, in frames; damaged ones, sealed as they were, aside",
        key: "of each segment",
        lives: "until their rows are in files: some minutes",
        forget: "rows are hidden once they are taken; the segment goes with its key",
        made_by: &["purpose Segment", "file crates/journal/src/segment.rs", "file crates/journal/src/recovery.rs"],
    },
    Store {
        name: "rows in memory",
        place: Place::Memory,
        holds: &[Pseudonym],
        what: "rows that are not in files yet; visitors of the last five minutes",
        key: "none",
        lives: "seconds; five minutes",
        forget: "hidden at once",
        made_by: &[],
    },
    Store {
        name: "recent rows",
        place: Place::Disk("warehouse/rows/"),
        holds: &[Pseudonym],
        what: "rows of numbers by day; the same number for one visitor's rows of a day",
        key: "of each file",
        lives: "recent_days (35 unless set, 1 to 92)",
        forget: "hidden at once; rewritten away within six hours of the day's close, old keys destroyed",
        made_by: &[
            "purpose File",
            "file crates/warehouse/src/warehouse.rs",
            "file crates/warehouse/src/sealed/local.rs",
            "file crates/serve/src/core/mod.rs",
        ],
    },
    Store {
        name: "day counts",
        place: Place::Disk("warehouse/counts/"),
        holds: &[Counts],
        what: "exact counts of a day by single values, also of few people",
        key: "of each file",
        lives: "as its day's rows",
        forget: "destroyed at once, counted anew without",
        made_by: &["file crates/warehouse/src/counts/make.rs"],
    },
    Store {
        name: "counts in memory",
        place: Place::Memory,
        holds: &[Counts],
        what: "day counts that were read last, and sums of them",
        key: "none",
        lives: "while they are asked for, at most 64 MiB",
        forget: "with the day counts",
        made_by: &["cache crates/warehouse/src/counts/cache.rs"],
    },
    Store {
        name: "link files",
        place: Place::Disk("warehouse/links/"),
        holds: &[Pseudonym],
        what: "which visitors of days are which member's number of the period; only where the policy links",
        key: "of each file",
        lives: "the period of five weeks",
        forget: "rewritten without them at once",
        made_by: &["file crates/warehouse/src/links/mod.rs"],
    },
    Store {
        name: "tombstones",
        place: Place::Disk("warehouse/hidden/"),
        holds: &[Pseudonym],
        what: "numbers of visitors whose rows are hidden, never whose",
        key: "of each file",
        lives: "until the rows are gone",
        forget: "written",
        made_by: &["file crates/warehouse/src/forget/hide.rs"],
    },
    Store {
        name: "rosters",
        place: Place::Disk("warehouse/rosters/"),
        holds: &[Pseudonym],
        what: "by which number the rows of a day's members are found whose key is there",
        key: "of each file",
        lives: "as its day's rows",
        forget: "rewritten without them when the rows are",
        made_by: &[],
    },
    Store {
        name: "history",
        place: Place::Disk("warehouse/history/"),
        holds: &[Counts],
        what: "released cells over at least the floor of people; what waits, with hashed bits, until its week or period ends",
        key: "of each file",
        lives: "years; what waits at most five weeks",
        forget: "nothing: a count over enough people is the same for everyone",
        made_by: &["file crates/warehouse/src/history/close.rs"],
    },
    Store {
        name: "vocabulary",
        place: Place::Disk("control.db"),
        holds: &[Words],
        what: "words that were declared, public or seen with enough people",
        key: "of the words, another one after each purge",
        lives: "until it is purged",
        forget: "words that the application names are purged",
        made_by: &["table warehouse_words", "file crates/serve/src/control/mod.rs"],
    },
    Store {
        name: "catalogue",
        place: Place::Disk("control.db"),
        holds: &[Counts],
        what: "which files are there, of which site and day, their sizes; what noise cost",
        key: "none",
        lives: "as the files; the ledger of noise stays",
        forget: "as the files",
        made_by: &[
            "table warehouse_meta",
            "table warehouse_files",
            "table warehouse_consumed",
            "table warehouse_horizons",
            "table warehouse_cells",
            "table warehouse_closed",
            "table warehouse_counts",
            "table warehouse_links",
            "table warehouse_hidden",
            "table warehouse_rosters",
            "table warehouse_noise",
        ],
    },
    Store {
        name: "large answers",
        place: Place::Disk("spill/"),
        holds: &[Counts],
        what: "groups of an answer that do not fit memory, in files without a name",
        key: "of each file, in memory only",
        lives: "until the answer is given",
        forget: "nothing: it is over within the minute",
        made_by: &[],
    },
    Store {
        name: "answers in memory",
        place: Place::Memory,
        holds: &[Counts],
        what: "answers that passed the guard",
        key: "none",
        lives: "a minute",
        forget: "those of the site at once",
        made_by: &[],
    },
    Store {
        name: "members",
        place: Place::Disk("people/people.db"),
        holds: &[Personal],
        what: "profile, consents, likes, bookmarks, hidden items, days of marks, the day on which a statement was last noticed; how many began in each week",
        key: "of each member, and names derived from it",
        lives: "until they are forgotten; without being there at most idle_months (24 unless set)",
        forget: "removed, and the key destroyed, at once",
        made_by: &[
            "table records",
            "table people_version",
            "table people_owner",
            "purpose Member",
            "file crates/people/src/vault/sqlite.rs",
        ],
    },
    Store {
        name: "forgetting that goes on",
        place: Place::Disk("people/people.db"),
        holds: &[Pseudonym],
        what: "what is still to be done about somebody",
        key: "of each piece of work",
        lives: "until it is done: some milliseconds",
        forget: "written, then removed with its key",
        made_by: &["table jobs", "purpose Job"],
    },
    Store {
        name: "members in PostgreSQL",
        place: Place::Outside("`people.database`, if it is set: instead of the file"),
        holds: &[Personal, Pseudonym],
        what: "what else is in the file: members, and forgetting that goes on; in the server's heap and log also sealed versions of before, and when each was written",
        key: "as in the file",
        lives: "as in the file; versions of before as long as the server keeps them",
        forget: "removed, and the key destroyed, at once: versions of before open with nothing",
        made_by: &["file crates/people/src/vault/postgres.rs"],
    },
    Store {
        name: "members in memory",
        place: Place::Memory,
        holds: &[Personal],
        what: "members who were there last; what they said that is written within seconds; codes for support",
        key: "none",
        lives: "while there is room; codes ten minutes",
        forget: "at once",
        made_by: &["cache crates/people/src/people.rs"],
    },
    Store {
        name: "counts of likes",
        place: Place::Memory,
        holds: &[Personal],
        what: "of members who agreed to personalisation, which items they like or have bookmarked, by the name of their key; how many like each item and each pair of items; who changed something lately",
        key: "none: it is never written, and made anew from members when the server starts",
        lives: "while they are members",
        forget: "taken out at once: the counts equal, bit for bit, those without them",
        made_by: &[],
    },
    Store {
        name: "what was learnt from members",
        place: Place::Disk("models/"),
        holds: &[Personal, Counts],
        what: "weights that were solved from counts of likes, lists of similar items, how many members like something of each tag; what was measured in each batch, rounded; in memory too",
        key: "of each site's model, another one after somebody was forgotten; of what was measured",
        lives: "until the next batch; what was measured 400 batches",
        forget: "its key is destroyed at once; what is served is made anew without them within 24 hours",
        made_by: &["file crates/serve/src/core/models/chest.rs", "file crates/serve/src/core/models/mod.rs"],
    },
    Store {
        name: "key tree",
        place: Place::Disk("keys/"),
        holds: &[Secrets],
        what: "all keys, in sealed buckets; labels of members, which are keyed hashes of who they are",
        key: "the root",
        lives: "as what they open",
        forget: "the leaf goes, its bucket and the root are replaced",
        made_by: &["file crates/keys/src/disk.rs", "purpose Hidden", "purpose Withdrawn"],
    },
    Store {
        name: "mirror of the key tree",
        place: Place::Outside("`keys.mirror_dir`, if it is set"),
        holds: &[Secrets],
        what: "the same as the key tree, at every moment",
        key: "the root",
        lives: "as the key tree",
        forget: "with the key tree",
        made_by: &[],
    },
    Store {
        name: "slot",
        place: Place::Disk("slot"),
        holds: &[Secrets],
        what: "the root; with a token or a key service instead the sealed root is in `root`",
        key: "none, or of token or service",
        lives: "until it is replaced",
        forget: "replaced",
        made_by: &[],
    },
    Store {
        name: "sealed root",
        place: Place::Disk("root"),
        holds: &[Secrets],
        what: "the root, sealed by a token or a key service; absent where the slot is a file",
        key: "of token or service",
        lives: "until it is replaced",
        forget: "replaced",
        made_by: &[],
    },
    Store {
        name: "settings",
        place: Place::Disk("control.db"),
        holds: &[Words],
        what: "sites with plans and policies, what staff saved under a name, days since when sites learn",
        key: "none: nothing personal may be written there",
        lives: "until they are changed",
        forget: "nothing",
        made_by: &[
            "table sites",
            "table definitions",
            "table definition_changes",
            "table learning",
            "table control_version",
        ],
    },
    Store {
        name: "items",
        place: Place::Disk("control.db"),
        holds: &[Words],
        what: "items that may be recommended, with titles, addresses, tags and synonyms, as staff and programs wrote them; placements with rules about them",
        key: "of the site's catalogue; of placements",
        lives: "until they are changed; the id of a deleted item until it is purged",
        forget: "nothing: nothing of it is about anybody",
        made_by: &["table catalogues", "table catalogue_items", "table catalogue_tags", "table placements"],
    },
    Store {
        name: "staff",
        place: Place::Disk("control.db"),
        holds: &[Personal],
        what: "addresses and passwords (argon2) of staff, and what they prefer",
        key: "of staff",
        lives: "until the account is removed",
        forget: "nothing: staff are no members",
        made_by: &["table staff", "purpose Control"],
    },
    Store {
        name: "sessions and tokens",
        place: Place::Disk("control.db"),
        holds: &[Secrets],
        what: "hashes of random secrets of sessions, tokens, links that make accounts and tickets of the command line",
        key: "none: hashes of 256 random bits",
        lives: "sessions 14 days, links 30 minutes or three days, tickets a moment, tokens until they are removed",
        forget: "nothing",
        made_by: &["table sessions", "table tokens", "table invitations", "table tickets"],
    },
    Store {
        name: "issuers",
        place: Place::Disk("control.db"),
        holds: &[Secrets],
        what: "the secret or public keys by which a site's identity tokens are verified",
        key: "of issuers",
        lives: "until they are replaced",
        forget: "nothing",
        made_by: &["table identity"],
    },
    Store {
        name: "intents",
        place: Place::Disk("control.db"),
        holds: &[Words],
        what: "how people say what they want, as staff wrote it; in memory also what was learnt of it. Never a text that was interpreted",
        key: "of intents",
        lives: "until they are changed",
        forget: "nothing: staff wrote them",
        made_by: &["table intents"],
    },
    Store {
        name: "recognised intents",
        place: Place::Memory,
        holds: &[Pseudonym],
        what: "events of texts that were just interpreted: intent and outcome, under the day's number of the member",
        key: "none",
        lives: "half a second, then as all events",
        forget: "hidden with the member's other rows",
        made_by: &[],
    },
    Store {
        name: "outbox",
        place: Place::Disk("control.db"),
        holds: &[Personal],
        what: "messages to the owner's applications that are not taken yet: an intent of somebody who did not say who they are, or how far a request is",
        key: "of each day",
        lives: "until they are taken; at most some four hours, keys two days",
        forget: "nothing leads from a message to anybody; it goes in time",
        made_by: &["table outbox"],
    },
    Store {
        name: "outbox of members",
        place: Place::Disk("control.db"),
        holds: &[Personal],
        what: "messages of members that are not taken yet: an intent with the values of its slots, and inside of what is sealed whose",
        key: "of all of them until the next forgetting",
        lives: "until they are taken; at most some four hours, their key a minute longer",
        forget: "it is not sent any more, and the key is destroyed with the member's; what is of others is sealed anew",
        made_by: &["table outbox_of_members"],
    },
    Store {
        name: "egress log",
        place: Place::Disk("control.db"),
        holds: &[Counts],
        what: "of each hour where something went, of what kind, how often, how many bytes, what became of it",
        key: "of the log",
        lives: "90 days",
        forget: "nothing: nobody is in it",
        made_by: &["table egress"],
    },
    Store {
        name: "counters",
        place: Place::Disk("control.db"),
        holds: &[Counts],
        what: "events by site and reason for which they were dropped or changed",
        key: "none",
        lives: "for good",
        forget: "nothing",
        made_by: &["table counters"],
    },
    Store {
        name: "purges",
        place: Place::Disk("control.db"),
        holds: &[Words],
        what: "what is being purged; of those that are done day, kind and counts",
        key: "of each purge",
        lives: "the text until it is done: some minutes",
        forget: "words that are named are in it until they are purged",
        made_by: &["table purges"],
    },
    Store {
        name: "requests and audit",
        place: Place::Disk("control.db"),
        holds: &[Secrets],
        what: "of requests about members number, kind, hour, state and receipts, of staff who did what kind of thing: never about whom; all equally long",
        key: "of each day",
        lives: "90 days",
        forget: "a request is added that does not say about whom",
        made_by: &[],
    },
    Store {
        name: "receipts",
        place: Place::Disk("receipts/"),
        holds: &[Counts],
        what: "leaves of the log, hiding what they commit to, among dummies; leaves that wait for the next batch",
        key: "of receipts for what waits; the log is public",
        lives: "for good; what waits some hours",
        forget: "a leaf is added that tells nobody who",
        made_by: &["purpose Receipt", "file crates/guard/src/receipts/disk.rs"],
    },
    Store {
        name: "earlier log of receipts",
        place: Place::Disk("receipts-earlier/"),
        holds: &[Counts],
        what: "the log that a backup had, where it could not go on",
        key: "as the log of receipts",
        lives: "until the operator removes it",
        forget: "nothing",
        made_by: &[],
    },
    Store {
        name: "certificate",
        place: Place::Disk("tls/"),
        holds: &[Secrets],
        what: "the server's own certificate and its key, if none is configured",
        key: "none: the file's mode",
        lives: "until it is replaced",
        forget: "nothing",
        made_by: &["file crates/serve/src/listen/tls/own.rs"],
    },
    Store {
        name: "reserve",
        place: Place::Disk("reserve"),
        holds: &[Counts],
        what: "nothing: room on the disk that is used to forget somebody when it is full",
        key: "none",
        lives: "until the disk is full",
        forget: "removed if there is no other room",
        made_by: &["file crates/serve/src/core/reserve.rs"],
    },
    Store {
        name: "log",
        place: Place::Outside("standard error"),
        holds: &[Counts],
        what: "notes, whose fields are safe by type",
        key: "none",
        lives: "as the operator keeps it",
        forget: "nothing: nobody is in it",
        made_by: &[],
    },
    Store {
        name: "copies of receipts",
        place: Place::Outside("where the one who asked keeps it"),
        holds: &[Secrets],
        what: "what opens the commitment of one leaf",
        key: "none",
        lives: "as they keep it",
        forget: "given out once",
        made_by: &["file crates/serve/src/cli/forget.rs"],
    },
    Store {
        name: "backups",
        place: Place::Outside("where the operator keeps them"),
        holds: &[Personal, Pseudonym, Words],
        what: "copies of the data directory without the slot: all of the above, sealed",
        key: "as above",
        lives: "as the operator keeps them",
        forget: "what is destroyed opens in none of them any more",
        made_by: &[
            "purpose Backup",
            "file crates/serve/src/backup/copy.rs",
            "file crates/serve/src/backup/folder.rs",
            "file crates/serve/src/backup/make.rs",
            "file crates/serve/src/backup/order.rs",
            "file crates/serve/src/backup/pack.rs",
            "file crates/serve/src/backup/restore.rs",
            "file crates/warehouse/src/folder.rs",
        ],
    },
    Store {
        name: "words of questions",
        place: Place::Memory,
        holds: &[Words],
        what: "words of a site that a list shows, by which questions in words are understood; nothing of a question",
        key: "none",
        lives: "five minutes, of at most 16 sites",
        forget: "nothing: it is about nobody",
        made_by: &[],
    },
];

impl Place {
    /// Where it is, for people.
    pub fn text(self) -> String {
        match self {
            Place::Disk(path) => format!("`{path}`"),
            Place::Memory => "memory".to_owned(),
            Place::Outside(place) => place.to_owned(),
        }
    }

    /// True if a path, relative to the data directory, is of this place. Databases and replaced files have others beside
    /// them.
    pub fn has(self, path: &str) -> bool {
        let beside = ["", "-wal", "-shm", "-journal", ".new", ".lock"];
        match self {
            Place::Disk(folder) if folder.ends_with('/') => path.starts_with(folder),
            Place::Disk(file) => beside.iter().any(|end| path.strip_suffix(end) == Some(file)),
            Place::Memory | Place::Outside(_) => false,
        }
    }
}

impl Store {
    /// What it can hold, in a list.
    pub fn kinds(&self) -> String {
        self.holds.iter().map(|holds| holds.word()).collect::<Vec<_>>().join(", ")
    }
}

/// All stores as a table in Markdown.
pub fn markdown() -> String {
    let mut text = "| Store | Where | May hold | Under which key | How long | Forgetting somebody |\n".to_owned();
    text.push_str("|---|---|---|---|---|---|\n");
    for store in STORES {
        let (place, kinds) = (store.place.text(), store.kinds());
        text.push_str(&format!(
            "| {} | {place} | **{kinds}**: {} | {} | {} | {} |\n",
            store.name, store.what, store.key, store.lives, store.forget
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_no_cell_breaks_the_table() {
        let names: BTreeSet<&str> = STORES.iter().map(|store| store.name).collect();
        assert_eq!(names.len(), STORES.len());
        assert!(markdown().lines().all(|line| line.matches('|').count() == 7));
    }

    #[test]
    fn paths_are_of_their_place() {
        let is = |place: Place, path: &str| place.has(path);
        assert!(is(Place::Disk("control.db"), "control.db-wal") && is(Place::Disk("keys/"), "keys/a/b"));
        assert!(!is(Place::Disk("control.db"), "control.db.old") && !is(Place::Memory, "control.db"));
        assert!(!is(Place::Disk("slot"), "slots"));
    }
}
