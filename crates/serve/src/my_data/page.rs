//! The pages, as text: plain words, one idea at a time, nothing from elsewhere.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use outis_event::{Link, Site};
use outis_people::{Consents, Purpose};
use serde_json::Value;

use crate::people::export::Export;
use crate::people::forget::FOLLOWS;
use crate::people::html::text;

/// Most rows of activity on the page; the file has all.
const MOST_ROWS: usize = 200;

/// What a page is made of.
pub(super) struct Holds<'a> {
    pub(super) site: &'a Site,
    pub(super) token: &'a str,
    /// Everything that is held; `None`: nothing is.
    pub(super) export: Option<&'a Export>,
    /// What was just done.
    pub(super) said: Option<&'a str>,
    /// How long a copy of an old root of keys may exist.
    pub(super) escrow: Duration,
}

/// A page that nobody keeps.
pub(super) fn answer(status: StatusCode, page: String) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

/// Before a token is there: the script puts in the one behind the `#`.
pub(super) fn closed() -> String {
    whole(
        "Your data",
        "<h1>Your data</h1><p>This page shows what is held about you, and lets you change or end it. Open it from the \
         application that you are signed in to: its link brings what shows who you are.</p>\
         <noscript><p>If you came by that link and see this, your browser runs no scripts. Ask the application to open \
         the page with a form.</p></noscript>\
         <form id=\"open\" method=\"post\" action=\"/my-data\"><input type=\"hidden\" name=\"token\"></form>\
         <script src=\"/my-data/open.js\"></script>",
    )
}

/// The same for every token that opens nothing.
pub(super) fn refused() -> String {
    whole(
        "Your data",
        "<h1>This link opens nothing any more</h1><p>Links to this page last an hour at most. Go back to the application \
         that you are signed in to, and open the page from there once more.</p>",
    )
}

pub(super) fn failed(site: &str, message: &str) -> String {
    let body = format!(
        "<h1>That did not work</h1><p>{}.</p><p>Nothing else was changed. Go back and try again.</p>",
        text(message)
    );
    whole(&format!("Your data at {}", text(site)), &body)
}

/// Everything that is held, and what can be done about it.
pub(super) fn seen(holds: &Holds<'_>) -> String {
    let site = text(&holds.site.domain);
    let mut body = format!(
        "<h1>Your data at {site}</h1><p>Here is everything that is held about you in the statistics of {site}, and what \
         you can do about it.</p>"
    );
    if let Some(said) = holds.said {
        body.push_str(&format!("<p class=\"said\" role=\"status\">{}</p>", text(said)));
    }
    match holds.export {
        Some(export) => {
            body.push_str(&held(export));
            body.push_str(&activity(export));
            body.push_str(&take_along(holds.token));
        }
        None => body.push_str(
            "<section><h2>Nothing is held about you</h2><p>No profile of yours is kept here. What you did before was \
             counted, if at all, without anything that leads to you.</p></section>",
        ),
    }
    body.push_str(&choices(holds));
    if holds.export.is_some() {
        body.push_str(&support(holds.token));
    }
    body.push_str(&not_told());
    body.push_str(&leaving(holds.token, holds.escrow));
    whole(&format!("Your data at {site}"), &body)
}

fn held(export: &Export) -> String {
    let of = &export.held;
    let list = |items: Vec<&String>| match items.is_empty() {
        true => "none".to_owned(),
        false => items.into_iter().map(|item| text(item)).collect::<Vec<_>>().join(", "),
    };
    let set = |set: &BTreeSet<String>| list(set.iter().collect());
    let mut rows = vec![
        ("Your id in the application", text(&of.id)),
        ("Institution", of.customer.as_deref().map_or("none".to_owned(), text)),
        ("Interests you stated", set(&of.stated.interests)),
        ("Tags you follow", set(&of.stated.tags)),
        ("Interests, by the application", set(&of.stated_by_application.interests)),
        ("Tags, by the application", set(&of.stated_by_application.tags)),
        ("What you like", list(of.likes.iter().collect())),
        ("What you bookmarked", list(of.bookmarks.iter().collect())),
        ("Not to be suggested to you", list(of.hidden.iter().collect())),
    ];
    if let Some(activity) = &of.activity {
        let days = format!("{} and {}", text(&activity.first_day), text(&activity.last_day));
        rows.push(("First and last day that you were here, signed in", days));
        rows.push(("Counted among those who began in the week from", text(&activity.cohort)));
    }
    let rows: String = rows.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    format!("<section><h2>What is held about you</h2><dl>{rows}</dl></section>")
}

fn activity(export: &Export) -> String {
    let head = format!("<section><h2>What you did in the last {} days</h2>", export.recent_days);
    if export.recent_activity.is_empty() {
        return format!("{head}<p>Nothing that can be told to be yours.</p></section>");
    }
    let rows: String = export
        .recent_activity
        .iter()
        .take(MOST_ROWS)
        .map(|row| {
            let [about, event, page] = [&row.about, row.word("event"), row.word("page")].map(text);
            format!("<tr><td>{about}</td><td>{event}</td><td>{page}</td></tr>")
        })
        .collect();
    let more = export.recent_activity.len().saturating_sub(MOST_ROWS);
    let more = if more > 0 { format!("<p>{more} more are in the file.</p>") } else { String::new() };
    format!(
        "{head}<p>Kept without your name, under a number that lasts a day, and within a quarter of an hour.</p>\
         <div class=\"scrolls\" tabindex=\"0\" role=\"region\" aria-label=\"What you did\"><table><thead><tr>\
         <th scope=\"col\">About</th><th scope=\"col\">What</th><th scope=\"col\">Page</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>{more}</section>"
    )
}

fn take_along(token: &str) -> String {
    let forms = [("json", "Download for other programs (JSON)"), ("page", "Download to read (HTML)")]
        .map(|(act, label)| form(token, act, &format!("<button>{label}</button>")));
    format!(
        "<section><h2>Take it along</h2><p>The file has everything that this page shows.</p>{}</section>",
        forms.concat()
    )
}

fn choices(holds: &Holds<'_>) -> String {
    let said = holds.export.map(|export| &export.held.consents);
    let mut purposes: BTreeSet<Purpose> = BTreeSet::from([Purpose::Personalisation, Purpose::Recognition]);
    if holds.site.policy.link == Link::Period {
        purposes.insert(Purpose::Link);
    }
    purposes.extend(said.into_iter().flat_map(|said| said.all().map(|(purpose, _)| purpose.clone())));
    let all: String = purposes.iter().map(|purpose| choice(holds.token, purpose, said)).collect();
    format!("<section><h2>What you agree to</h2><p>You can change your mind at any time.</p>{all}</section>")
}

fn choice(token: &str, purpose: &Purpose, said: Option<&Consents>) -> String {
    let (is_on, what) = match purpose {
        Purpose::Recognition => (
            !said.is_some_and(Consents::object),
            "While you are signed in, what you do is counted as that of one member, on all your devices. If you object, it \
             is counted like that of anybody who is not signed in, and likes and bookmarks that you click are not noted."
                .to_owned(),
        ),
        Purpose::Personalisation => (
            said.is_some_and(|said| said.allow(purpose)),
            "What you state, like and bookmark makes suggestions for you.".to_owned(),
        ),
        Purpose::Link => (
            said.is_some_and(|said| said.allow(purpose)),
            "Your days within five weeks may be counted together, to see which way people take. After that nothing joins \
             them any more."
                .to_owned(),
        ),
        Purpose::ThirdParty(name) => (
            said.is_some_and(|said| said.allow(purpose)),
            format!("Something about you may go to {}, under a name made for it.", text(name)),
        ),
    };
    let (state, button, given) = match (purpose, is_on) {
        (Purpose::Recognition, true) => ("You do not object.", "I object", "no"),
        (Purpose::Recognition, false) => ("You object.", "Take the objection back", "yes"),
        (_, true) => ("You agree.", "I no longer agree", "no"),
        (_, false) => ("You do not agree.", "I agree", "yes"),
    };
    let name = text(&String::from(purpose.clone()));
    let label = format!("{button}: {}", name.replace("third_party:", ""));
    let fields = format!(
        "<input type=\"hidden\" name=\"purpose\" value=\"{name}\"><input type=\"hidden\" name=\"given\" value=\"{given}\">\
         <button aria-label=\"{label}\">{button}</button>"
    );
    format!("<div class=\"choice\"><p>{what} <strong>{state}</strong></p>{}</div>", form(token, "choose", &fields))
}

fn support(token: &str) -> String {
    let button = form(token, "code", "<button>Make a code for support</button>");
    format!(
        "<section><h2>Let support see this</h2><p>Nobody can look you up. If you want help, make a code and read it to \
         support: with it they see once what this page shows. It is good for ten minutes.</p>{button}</section>"
    )
}

fn not_told() -> String {
    let all: String =
        crate::people::export::NOT_TOLD.iter().map(|sentence| format!("<li>{}</li>", text(sentence))).collect();
    format!("<section><h2>What this page cannot show</h2><ul>{all}</ul></section>")
}

fn leaving(token: &str, escrow: Duration) -> String {
    let fields = "<fieldset><legend>What becomes of what you did today</legend>\
         <label><input type=\"radio\" name=\"mode\" value=\"fold\" checked> It stays in today’s counts, among at least the \
         smallest group that is ever shown, without you</label>\
         <label><input type=\"radio\" name=\"mode\" value=\"delete\"> It is counted in nothing any more</label></fieldset>\
         <label><input type=\"checkbox\" name=\"confirm\" value=\"yes\" required> I understand that nobody can bring this \
         back</label><p><button class=\"danger\">Forget me for good</button></p>";
    format!(
        "<section><h2>Be forgotten</h2><p>Everything above is destroyed at once, also in every backup. {} What stays are \
         counts over many people, the same as of everyone. Your account in the application is another matter: it stays \
         until you end it there. If you use the application again while signed in, you begin anew, as somebody nobody \
         has met.</p>{}</section>",
        limit(escrow),
        whole_form(token, "forget", fields)
    )
}

/// What the promise about backups does not cover.
fn limit(escrow: Duration) -> String {
    match escrow.as_secs().div_ceil(3_600) {
        0 => String::new(),
        hours => format!(
            "For {hours} hours more whoever runs this may have a copy of the keys of before, and with it old backups open."
        ),
    }
}

/// After somebody was forgotten.
pub(super) fn forgotten(site: &str, receipt: Option<&Value>, escrow: Duration) -> String {
    let mut body = format!(
        "<h1>You are forgotten</h1><p>What was held about you in the statistics of {} is destroyed, with its keys, and so \
         in every backup too. {} Rows of what you did are hidden, and gone within {FOLLOWS}.</p>",
        text(site),
        limit(escrow)
    );
    match receipt {
        Some(receipt) => {
            let whole = receipt.to_string();
            let file = STANDARD.encode(&whole);
            body.push_str(&format!(
                "<section><h2>Your receipt</h2><p>This is the only copy. It does not say who you are, and shows what was \
                 stated: with it anybody can check later that this was said, and that it was not changed. It does not \
                 prove that nothing was kept.</p>\
                 <p><a class=\"button\" download=\"receipt.json\" href=\"data:application/json;base64,{file}\">Keep the \
                 receipt</a></p><label for=\"receipt\">The receipt, as text</label>\
                 <textarea id=\"receipt\" readonly>{}</textarea>\
                 <p class=\"quiet\">To check it: <code>outis verify receipt receipt.json</code>, with the key at \
                 <a href=\"/transparency/key\">/transparency/key</a>.</p></section>",
                text(&whole)
            ));
        }
        None => body.push_str(
            "<section><h2>There is no receipt</h2><p>You are forgotten all the same, but the receipt could not be made. \
             Ask the application if you need one.</p></section>",
        ),
    }
    whole(&format!("Forgotten at {}", text(site)), &body)
}

/// A code for support.
pub(super) fn code(site: &str, token: &str, code: &str, minutes: i64) -> String {
    let groups: Vec<String> =
        code.as_bytes().chunks(3).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let back = form(token, "", "<button>Back to your data</button>");
    let body = format!(
        "<h1>Your code</h1><section><p class=\"code\">{}</p><p>Read it to support at {}. It is good once, for {minutes} \
         minutes, and shows them what your page shows. A new code makes this one useless.</p></section>{back}",
        text(&groups.join(" ")),
        text(site)
    );
    whole(&format!("Your code at {}", text(site)), &body)
}

fn form(token: &str, act: &str, inside: &str) -> String {
    form_of("", token, act, inside)
}

fn whole_form(token: &str, act: &str, inside: &str) -> String {
    form_of(" class=\"whole\"", token, act, inside)
}

fn form_of(class: &str, token: &str, act: &str, inside: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/my-data\"{class}><input type=\"hidden\" name=\"token\" value=\"{}\">\
         <input type=\"hidden\" name=\"do\" value=\"{act}\">{inside}</form>",
        text(token)
    )
}

fn whole(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/my-data/style.css\"></head>\
         <body><main>{body}</main><footer><p>This page sets no cookie, keeps nothing in your browser and asks nobody \
         else for anything. It is made anew each time and not kept.</p></footer></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use outis_event::{Plan, Policy, Shields, SiteId};

    use super::*;

    #[test]
    fn a_token_is_never_markup_and_nothing_comes_from_elsewhere() {
        let site = Site {
            id: SiteId(1),
            domain: "example.org".into(),
            zone: jiff::tz::TimeZone::UTC,
            policy: Policy::default(),
            shields: Shields::default(),
            plan: Plan::default(),
            origins: Vec::new(),
            debug_token_hash: None,
        };
        let holds =
            Holds { site: &site, token: "\"><script>x</script>", export: None, said: None, escrow: Duration::ZERO };
        for page in [
            closed(),
            refused(),
            seen(&holds),
            forgotten("example.org", None, Duration::ZERO),
            code("a", "t", "ABCDEFGHJ", 10),
        ] {
            assert!(!page.contains("<script>x"), "{page}");
            assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("//"), "{page}");
            assert!(page.matches("<h1>").count() == 1);
        }
        assert!(!seen(&holds).contains("five weeks"), "what a site does not do is not asked about");
        assert!(!seen(&holds).contains("hours more"));
        let kept = Duration::from_secs(7_200);
        assert!(seen(&Holds { escrow: kept, ..holds }).contains("For 2 hours more"), "a promise says its limit");
    }
}
