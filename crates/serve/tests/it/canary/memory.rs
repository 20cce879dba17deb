//! What is left of canaries in the memory of a server that has nothing to do: the pages that a core file would hold.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use super::forms;
use super::search::finds;
use super::{BATCH, MARK, SITE, people, tell_all, wrong_requests};
use crate::members;
use crate::server::{Place, Server};

/// How much is read at once; as much as a canary is long is read twice.
const PIECE: usize = 8 << 20;
const OVERLAP: usize = 256;

/// The form of the first canary in memory that can be written, and where: the kind of memory, not an address.
fn in_memory(server: &Server) -> io::Result<Vec<String>> {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", server.id()))?;
    let memory = File::open(format!("/proc/{}/mem", server.id()))?;
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut parts = line.split_whitespace();
        let (Some(range), Some(rights)) = (parts.next(), parts.next()) else { continue };
        let kind = parts.nth(3).unwrap_or("no file");
        if !rights.contains('w') || kind == "[vvar]" {
            continue;
        }
        let (from, to) = range.split_once('-').expect("a range");
        let [from, to] = [from, to].map(|end| u64::from_str_radix(end, 16).expect("a number"));
        for at in (from..to).step_by(PIECE) {
            let mut bytes = vec![0; PIECE.min((to - at) as usize + OVERLAP)];
            // Beyond the end of a range nothing can be read.
            let Ok(read) = memory.read_at(&mut bytes, at) else { continue };
            if let Some(form) = finds(&bytes[..read]) {
                let place = memchr::memmem::find(&bytes[..read], MARK.as_bytes()).unwrap_or(0);
                let around = &bytes[place.saturating_sub(200)..(place + 200).min(read)];
                found.push(format!("{form} in {rights} {kind} {range} {}", around.escape_ascii()));
            }
        }
    }
    Ok(found)
}

/// A server with a site for visitors and one for members, where words need the usual number of people.
async fn town() -> (Place, Server, String, members::Application) {
    let place = Place::new().with("log_level", "trace");
    place.outis(&["site", "add", SITE, "--floor", "1"]);
    members::library_of(place, &["--floor", "1"]).await
}

/// Looks until nothing is found, or says what is: a server ends its work a moment after it answered.
async fn clean_after(what: &str, server: &Server) {
    let mut left = Vec::new();
    for _ in 0..50 {
        left = in_memory(server).expect("it could be read before");
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(left.is_empty(), "after {what}: {left:#?}");
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
async fn no_canary_is_left_in_memory() {
    let (_place, server, token, application) = town().await;
    if in_memory(&server).is_err() {
        eprintln!("skipped: no_canary_is_left_in_memory needs the right to read another process's memory");
        return;
    }
    // Looked at after each, since what comes later may write over what an earlier one left.
    tell_all(&server, 10 * BATCH).await;
    clean_after("events", &server).await;
    wrong_requests(&server, &token).await;
    clean_after("wrong requests", &server).await;
    forms::every_form(&server, None).await;
    clean_after("events in every form", &server).await;
    people::states(&server, &application).await;
    assert!(people::sees(&server, &application).await.contains(MARK), "members see what they stated");
    assert!(!in_memory(&server).expect("as before").is_empty(), "who is a member is found in memory");
    people::forgets(&server, &token, &application).await;
    clean_after("forgetting", &server).await;
}
