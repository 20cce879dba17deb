//! What the application's own database and its web access log hold, and the truth for the score.

use std::path::Path;

use serde_json::json;

use super::dump::write_lines;
use super::life::{item, page};
use super::people::{Group, Person};
use super::traffic::{DAY_MS, Visit};

/// Writes what the application knows: of each member their account and the exact times of logins, likes and bookmarks;
/// of every request when it came, from which address with which user agent, and for which page.
pub(super) fn write(folder: &Path, people: &[Person], visits: &[Visit]) {
    let acts = |number: usize, name: &str| {
        let own = visits.iter().filter(move |visit| visit.person == number && visit.signed_in);
        let events = own.flat_map(|visit| &visit.events).filter(|event| event.name == name);
        events.map(|event| json!([event.at_ms, event.item.map(item)])).collect::<Vec<_>>()
    };
    let attacked = people.iter().enumerate().filter(|(_, person)| person.group != Group::Other);
    let accounts = attacked.map(|(number, person)| {
        json!({
            "member": number,
            "sender": number,
            "context": context(person),
            "language": person.language,
            "login": acts(number, "login"),
            "like": acts(number, "like"),
            "bookmark": acts(number, "bookmark"),
        })
    });
    write_lines(folder, "members.jsonl", accounts);
    // A sender is an address and a user agent: here each person has their own.
    let requests = visits.iter().flat_map(|visit| {
        let pages = visit.events.iter().filter(|event| matches!(event.name, "pageview" | "login"));
        pages.map(|event| json!([event.at_ms, visit.person, page(event.page), event.name == "login"]))
    });
    write_lines(folder, "access-log.jsonl", requests);
    let downloads = visits.iter().filter(|visit| visit.signed_in).flat_map(|visit| {
        let own = visit.events.iter().filter(|event| event.name == "download");
        own.map(|event| json!([visit.person, event.at_ms.div_euclid(DAY_MS), event.item.map(item)]))
    });
    write_lines(folder, "downloads.jsonl", downloads);
    let truth = people.iter().map(|person| json!([person.group.name(), person.is_member, person.events]));
    write_lines(folder, "people.jsonl", truth);
    let truth =
        visits.iter().map(|visit| json!([visit.person, visit.signed_in, visit.before, visit.begins(), visit.ends()]));
    write_lines(folder, "visits.jsonl", truth);
}

/// Country, browser, its version, system and device: read off address and user agent with public lists, as anybody can.
pub(super) fn context(person: &Person) -> [String; 5] {
    let agent = person.agent;
    [person.country, agent.browser, &person.version.to_string(), agent.os, agent.device].map(str::to_owned)
}
