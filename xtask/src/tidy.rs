//! Forbidden edges between crates, output outside `disclose`, oversized files, missing headers, shared field types, stores
//! that are in no inventory.

use std::path::Path;

use anyhow::Context;
use walkdir::WalkDir;

/// Which of our crates a crate may import. An edge that is not here is forbidden.
const EDGES: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("disclose", &[]),
    ("anonymise", &["event", "disclose"]),
    ("capture", &["event", "disclose", "anonymise"]),
    ("keys", &["disclose"]),
    ("people", &["event", "disclose", "keys"]),
    ("journal", &["event", "disclose", "keys"]),
    ("insight", &["event"]),
    ("warehouse", &["event", "disclose", "keys", "journal", "insight"]),
    ("guard", &["event", "disclose", "keys", "insight"]),
    ("personal", &["event", "disclose", "keys"]),
    ("distribute", &["event", "disclose", "keys"]),
    (
        "serve",
        &[
            "event",
            "disclose",
            "anonymise",
            "capture",
            "keys",
            "people",
            "journal",
            "insight",
            "warehouse",
            "guard",
            "personal",
            "distribute",
        ],
    ),
];

/// Heavy or outward crates and the only crates of ours that may name them.
const FENCED: &[(&str, &[&str])] = &[
    ("parquet", &["warehouse"]),
    ("arrow-array", &["warehouse"]),
    ("arrow-schema", &["warehouse"]),
    ("datafusion", &["warehouse"]),
    ("object_store", &["warehouse", "serve"]),
    ("tracing", &["disclose"]),
    ("tracing-subscriber", &["disclose"]),
    ("faer", &["personal"]),
    ("clap", &["serve"]),
    ("toml", &["serve", "personal"]),
    ("aws-sdk-kms", &["keys"]),
    ("aws-credential-types", &["keys"]),
    ("cryptoki", &["keys"]),
    ("reqwest", &["distribute"]),
    ("lettre", &["distribute"]),
    ("webpki-roots", &["distribute", "serve"]),
];

/// What only the guard, and what lies on either side of it, may name: rows that nobody has looked at, and the making of
/// answers that may be said.
const GUARDED: &[&str] = &[
    "Shown {",
    "ShownRow {",
    "ShownTable {",
    "RawAnswer",
    "RawRow",
    "RawTable",
    "HistoryAnswer",
    ".evaluate(",
    "::evaluate(",
    "warehouse.behaviour(",
    "warehouse.history(",
];
/// The crates that may.
const GUARDS: &[&str] = &["insight", "warehouse", "guard"];
/// The one file elsewhere: it puts the warehouse behind the guard.
const JOINT: &str = "crates/serve/src/rows.rs";

/// What opens a connection to a database server, and the crate that may.
const REACHING: &[&str] = &["sqlx::postgres", "PgPool", "PgConnect"];
const REACHES: &str = "people";

/// What opens a connection outward, and who may: the door.
const OUTWARD: &[&str] = &["TcpStream::connect", "lookup_host", "hyper::client", "UdpSocket", "to_socket_addrs"];
const DOOR: &str = "distribute";
/// Files outside of it that may too: to our own server for the command line, and to the data centres of the configuration.
const CONNECT: &[&str] = &["crates/serve/src/client.rs", "crates/serve/src/edge/health.rs"];

/// Extractors of axum whose refusals repeat what was sent, and the file that has ours in their place.
const REPEATING: &[&str] = &["Query", "Path", "Json", "Form"];
const EXTRACTS: &str = "crates/serve/src/extract.rs";

const MOST_LINES: usize = 800;
const SAID: &[&str] = &["println!(", "eprintln!(", "print!(", "eprint!(", "tracing::"];

/// Everything that is not tidy, one line each.
pub(crate) fn findings(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = crate::fields::findings(root)?;
    found.extend(crate::stores::findings(root)?);
    for entry in std::fs::read_dir(root.join("crates"))? {
        let dir = entry?.path();
        let name = dir.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).with_context(|| format!("crate {name}"))?;
        found.extend(edges(&name, &manifest)?);
        for file in WalkDir::new(dir.join("src")).into_iter().filter_map(Result::ok) {
            if file.path().extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(file.path())?;
                let path = file.path().strip_prefix(root)?.display().to_string();
                found.extend(source(&name, &path, &text));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn edges(name: &str, manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let Some((_, allowed)) = EDGES.iter().find(|(n, _)| *n == name) else {
        return Ok(vec![format!("crates/{name}/Cargo.toml: a crate that tidy does not know; add it to EDGES")]);
    };
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies"] {
        let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
        for dependency in table.keys() {
            let ours = dependency.strip_prefix("outis-");
            if ours.is_some_and(|d| !allowed.contains(&d)) {
                found.push(format!(
                    "crates/{name}/Cargo.toml: {name} must not import {dependency}; change the design first"
                ));
            }
            let fence = FENCED.iter().find(|(d, _)| d == dependency);
            if fence.is_some_and(|(_, who)| !who.contains(&name)) {
                found.push(format!("crates/{name}/Cargo.toml: {dependency} stays out of {name}"));
            }
        }
    }
    Ok(found)
}

fn source(name: &str, path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push(format!("{path}:1: begin with one //! sentence that says what the file is"));
    }
    if text.lines().count() > MOST_LINES {
        found.push(format!("{path}: over {MOST_LINES} lines; split it"));
    }
    let tested = text.find("#[cfg(test)]").unwrap_or(text.len());
    if path != EXTRACTS && !path.contains("/tests") && repeats(&text[..tested]) {
        found.push(format!(
            "{path}: refusals of axum's extractors repeat input; use those of {EXTRACTS}, or read bytes"
        ));
    }
    let past_guard = may_pass_by_guard(name, path);
    let may_speak = name == "disclose" || path.ends_with("serve/src/output.rs");
    let tested_from = text[..tested].lines().count();
    for (i, line) in text.lines().enumerate().take(tested_from) {
        let code = line.trim_start();
        if code.starts_with("//") || path.contains("/tests") {
            continue;
        }
        if !may_speak && SAID.iter().any(|s| code.contains(s)) {
            found.push(format!("{path}:{}: say it through note!; only disclose writes", i + 1));
        }
        if !past_guard && GUARDED.iter().any(|named| names(code, named)) {
            found.push(format!("{path}:{}: answers pass the guard; only {JOINT} joins rows to it", i + 1));
        }
        if name != REACHES && REACHING.iter().any(|named| code.contains(named)) {
            found.push(format!("{path}:{}: only {REACHES} connects to a database server", i + 1));
        }
        if name != DOOR && !CONNECT.contains(&path) && OUTWARD.iter().any(|named| code.contains(named)) {
            found.push(format!(
                "{path}:{}: only {DOOR} opens connections outward, and {}",
                i + 1,
                CONNECT.join(" and ")
            ));
        }
        if code.contains(".unwrap()") {
            found.push(format!("{path}:{}: no unwrap outside tests; state the invariant with expect", i + 1));
        }
        if name != "serve" && code.contains("std::env::") {
            found.push(format!("{path}:{}: only serve reads the environment", i + 1));
        }
    }
    found
}

/// True if something is named, or taken as an argument, whose refusal repeats what was sent. `Json` may be answered with.
fn repeats(text: &str) -> bool {
    let named = text.split("axum::extract::").skip(1).any(|rest| {
        let end = if rest.starts_with('{') { rest.find('}') } else { rest.find(|c: char| !c.is_alphanumeric()) };
        let mut words = rest[..end.unwrap_or(rest.len())].split(|c: char| !c.is_alphanumeric());
        words.any(|word| REPEATING.contains(&word))
    });
    named || REPEATING[2..].iter().any(|name| text.contains(&format!("): {name}<")))
}

/// True for the crates on either side of the guard, its joint, and crates that cannot name an answer at all.
fn may_pass_by_guard(name: &str, path: &str) -> bool {
    let sees_answers = EDGES.iter().any(|(n, imports)| *n == name && imports.contains(&"insight"));
    !sees_answers || GUARDS.contains(&name) || path == JOINT
}

/// True if the line has the text as a word of its own, other than as what a function returns.
fn names(code: &str, text: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(text).any(|(at, _)| {
        let before = &code[..at];
        let continues = text.starts_with(char::is_alphabetic) && before.ends_with(inside);
        let returned = text.ends_with('{') && before.ends_with("-> ");
        !(continues || returned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_made_and_evaluated_by_the_guard_only() {
        let found = |name, path: &str, line: &str| source(name, path, &format!("//! X.\n{line}\n")).len();
        let api = "crates/serve/src/api/insights.rs";
        for line in [
            "let shown = Shown { rows, ..told };",
            "rows.push(ShownRow { keys, values, parts });",
            "use outis_insight::{Query, RawAnswer};",
            "let raw = warehouse.evaluate(&query, sight).await?;",
            "let raw = Warehouse::evaluate(&warehouse, &query, sight).await?;",
            "let raw = naive::evaluate(&query, &events);",
        ] {
            assert_eq!(found("serve", api, line), 1, "{line}");
            assert_eq!(found("serve", JOINT, line), 0, "{line}");
            assert_eq!(found("guard", "crates/guard/src/gate.rs", line), 0, "{line}");
        }
        assert_eq!(found("serve", api, "fn first(shown: Vec<Shown>) -> Shown {"), 0);
        assert_eq!(found("serve", api, "let shown = gate.answer(&policy, &query).await?;"), 0);
        assert_eq!(found("serve", api, "#[cfg(test)]\nfn f() { Shown { rows }; }"), 0);
        assert_eq!(found("anonymise", "crates/anonymise/src/shown.rs", "Shown { event }"), 0);
    }

    #[test]
    fn a_forbidden_edge_is_found() {
        let manifest = "[dependencies]\noutis-anonymise = \"1\"\n";
        assert_eq!(edges("journal", manifest).expect("manifest").len(), 1);
        assert!(edges("capture", manifest).expect("manifest").is_empty());
    }

    #[test]
    fn a_fenced_crate_is_found() {
        assert_eq!(edges("insight", "[dependencies]\nparquet = \"1\"\n").expect("manifest").len(), 1);
    }

    #[test]
    fn speaking_and_unwrapping_are_found_outside_tests() {
        let text =
            "//! X.\nfn a() { println!(\"x\"); b.unwrap(); }\n#[cfg(test)]\nmod tests { fn c() { d.unwrap(); } }\n";
        assert_eq!(source("event", "crates/event/src/a.rs", text).len(), 2);
        assert_eq!(source("event", "crates/event/src/a.rs", "fn a() {}\n").len(), 1);
    }

    #[test]
    fn a_database_server_is_reached_by_people_only() {
        let text = "//! X.\nuse sqlx::postgres::PgPoolOptions;\n";
        assert_eq!(source("warehouse", "crates/warehouse/src/a.rs", text).len(), 1);
        assert!(source("people", "crates/people/src/a.rs", text).is_empty());
    }

    #[test]
    fn connections_outward_are_opened_where_that_is_known() {
        let text = "//! X.\nlet stream = TcpStream::connect(at).await?;\n";
        assert_eq!(source("people", "crates/people/src/a.rs", text).len(), 1);
        assert_eq!(source("serve", "crates/serve/src/edge/mod.rs", text).len(), 1);
        assert!(source("distribute", "crates/distribute/src/send.rs", text).is_empty());
        assert!(CONNECT.iter().all(|path| source("serve", path, text).is_empty()));
    }

    #[test]
    fn extractors_that_repeat_input_are_found_where_handlers_are() {
        let found = |path: &str, text: &str| source("serve", path, &format!("//! X.\n{text}\n")).len();
        let api = "crates/serve/src/api/live.rs";
        for text in [
            "use axum::extract::{Path, State};",
            "use axum::extract::Query;",
            "use axum::extract::{\n    State,\n    Query,\n};",
            "let read = axum::extract::Path::from_request_parts(parts, state).await;",
            "async fn post(Json(new): Json<New>) {}",
            "async fn post(Form(new): Form<New>) {}",
        ] {
            assert_eq!((found(api, text), found(EXTRACTS, text)), (1, 0), "{text}");
        }
        for text in [
            "use axum::Json;\nuse axum::extract::{Request, State};\nuse crate::extract::Query;",
            "use axum::extract::rejection::BytesRejection;",
            "async fn get() -> Json<Told> {}",
            "fn form(form: Result<Form<Sent>, FormRejection>) {}",
            "#[cfg(test)]\nuse axum::extract::Query;",
        ] {
            assert_eq!(found(api, text), 0, "{text}");
        }
    }

    #[test]
    fn the_environment_is_read_by_serve_only() {
        let text = "//! X.\nfn a() { std::env::var(\"A\"); }\n";
        assert_eq!(source("keys", "crates/keys/src/a.rs", text).len(), 1);
        assert!(source("serve", "crates/serve/src/a.rs", text).is_empty());
    }
}
