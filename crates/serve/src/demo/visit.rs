//! One made-up visit: where it comes from, what is read, searched, kept and downloaded.

use outis_event::Plan;
use serde_json::{Value, json};

use super::SITE;
use super::content::{Item, campaign, format};
use super::people::{Person, Role, Town, skewed, weighted};
use super::shelves::{PLACEMENT, VARIANTS};

/// Items of a list of suggestions.
const SUGGESTED: usize = 6;

/// Sources and their shares; the last is none.
const SOURCES: [(&str, u32); 12] = [
    ("https://www.google.com/", 34),
    ("https://www.bing.com/", 4),
    ("https://duckduckgo.com/", 4),
    ("https://news.ycombinator.com/", 3),
    ("https://www.reddit.com/r/science", 4),
    ("https://mastodon.social/", 3),
    ("https://www.linkedin.com/feed", 2),
    ("https://www.youtube.com/watch", 3),
    ("https://chatgpt.com/", 4),
    ("https://en.wikipedia.org/wiki/Library", 5),
    ("newsletter", 8),
    ("", 26),
];

/// A visit: events with the seconds at which they happen.
pub(super) struct Visit {
    pub(super) person: Person,
    pub(super) events: Vec<(u32, Value)>,
    /// Events before this one are of somebody who is not signed in, the others of a member.
    pub(super) signed_in_from: usize,
    /// Whether they joined in this visit.
    pub(super) joins: bool,
}

struct Pen<'a> {
    town: &'a mut Town,
    at_s: u32,
    events: Vec<(u32, Value)>,
    referrer: String,
}

impl Town {
    /// What somebody does in one visit.
    pub(super) fn visit(&mut self) -> Visit {
        let person = self.somebody();
        let role = self.role(&person);
        let source = SOURCES[weighted(&mut self.dice, SOURCES.iter().map(|source| source.1))].0;
        let mut pen = Pen { town: self, at_s: 0, events: Vec::new(), referrer: String::new() };
        pen.land(source, person.taste);
        if role == Role::Joins {
            pen.view("/welcome", "");
            pen.event("signup", json!({}));
        }
        let joined_at = pen.events.len();
        while pen.events.len() < 40 && pen.town.dice.u32(..100) < 58 {
            pen.go_on(person.taste);
        }
        let events = pen.events;
        let signed_in_from = match role {
            Role::Visitor => events.len(),
            Role::Joins => joined_at,
            Role::Member => 0,
        };
        Visit { person, events, signed_in_from, joins: role == Role::Joins }
    }
}

impl Pen<'_> {
    fn land(&mut self, source: &str, taste: usize) {
        match source {
            "newsletter" => {
                let campaign = campaign(&mut self.town.dice);
                let item = self.article(taste);
                let query = format!("?utm_source=newsletter&utm_medium=email&utm_campaign={campaign}");
                self.read(&item, &query);
            }
            "" if self.town.dice.u32(..100) < 60 => {
                self.view("/", "");
                self.suggested("/", taste);
            }
            other => {
                self.referrer = other.to_owned();
                let item = self.article(taste);
                self.read(&item, "");
            }
        }
    }

    fn go_on(&mut self, taste: usize) {
        match self.town.dice.u32(..100) {
            0..=46 => {
                let item = self.article(taste);
                self.read(&item, "");
            }
            47..=58 => self.search(),
            59..=72 => self.course(9),
            73..=84 => self.download(),
            85..=92 => {
                let section = self.town.dice.usize(..3);
                let page = ["/articles", "/courses", "/downloads"][section];
                self.view(page, "");
                self.suggested(page, taste);
                // Who looks through a list mostly takes something from it.
                match self.town.dice.u32(..100) {
                    0..=69 if section == 1 => self.course(35),
                    0..=59 if section == 2 => self.download(),
                    _ => {}
                }
            }
            93..=96 => self.view("/about", ""),
            _ => self.view("/welcome", ""),
        }
    }

    /// Half of what is read is to a person's taste, the rest is what everybody reads.
    fn article(&mut self, taste: usize) -> Item {
        let articles = &self.town.content.articles;
        let at = if self.town.dice.bool() {
            taste % articles.len()
        } else {
            skewed(&mut self.town.dice, articles.len(), 2.4)
        };
        articles[at].clone()
    }

    fn read(&mut self, item: &Item, query: &str) {
        self.view_item(item, query);
        match self.town.dice.u32(..100) {
            0..=5 => self.of_item("like", item, json!({})),
            6..=9 => self.of_item("bookmark", item, json!({})),
            10..=11 => self.event(
                "Outbound Link: Click",
                json!({ "properties": { "url": "https://en.wikipedia.org/wiki/Main_Page" } }),
            ),
            _ => {}
        }
    }

    /// Looks at a course; so many of a hundred enrol.
    fn course(&mut self, percent: u32) {
        let at = skewed(&mut self.town.dice, self.town.content.courses.len(), 1.6);
        let item = self.town.content.courses[at].clone();
        self.view_item(&item, "");
        if self.town.dice.u32(..100) < percent {
            let amount = ["19.00", "29.00", "49.00"][self.town.dice.usize(..3)];
            self.of_item("enrol", &item, json!({ "revenue": { "currency": "EUR", "amount": amount } }));
        }
    }

    fn download(&mut self) {
        let at = skewed(&mut self.town.dice, self.town.content.downloads.len(), 1.8);
        let item = self.town.content.downloads[at].clone();
        self.view_item(&item, "");
        if self.town.dice.u32(..100) < 45 {
            let format = format(&mut self.town.dice);
            self.of_item("download", &item, json!({ "properties": { "format": format } }));
        }
    }

    /// Sees a list of suggestions, and may follow one of them.
    fn suggested(&mut self, page: &str, taste: usize) {
        let (variant, percent) = VARIANTS[self.town.dice.usize(..VARIANTS.len())];
        let variant = format!("{PLACEMENT}.{variant}");
        let [shown, clicked] = Plan::SUGGESTIONS;
        let told = json!({ "properties": { "variant": variant }, "interactive": false });
        self.push(shown, page, "", told);
        if self.town.dice.u32(..100) < percent {
            let item = self.article(taste);
            let rank = skewed(&mut self.town.dice, SUGGESTED, 1.8);
            let told =
                json!({ "properties": { "variant": variant, "rank": rank }, "item": item.path, "tags": item.tags });
            self.push(clicked, page, "", told);
            self.read(&item, "");
        }
    }

    fn search(&mut self) {
        self.view("/search", "");
        let found = ["none", "few", "few", "many", "many", "many"][self.town.dice.usize(..6)];
        self.event("search", json!({ "properties": { "found": found } }));
    }

    fn view_item(&mut self, item: &Item, query: &str) {
        self.push("pageview", &item.path, query, json!({ "item": item.path, "tags": item.tags }));
        self.stay(&item.path);
    }

    fn view(&mut self, path: &str, query: &str) {
        self.push("pageview", path, query, json!({}));
        self.stay(path);
    }

    /// Time on the page, and how far it was read.
    fn stay(&mut self, path: &str) {
        let dice = &mut self.town.dice;
        let seconds = 4 + skewed(dice, 240, 2.5) as u32;
        let scroll = (20 + dice.u32(..81)).min(100);
        self.at_s += seconds;
        if self.town.dice.u32(..100) < 85 {
            let told = json!({ "scroll": scroll, "engaged_ms": seconds * 1000 });
            self.push("engagement", path, "", told);
        }
    }

    fn of_item(&mut self, name: &str, item: &Item, mut more: Value) {
        more["item"] = json!(item.path);
        more["tags"] = json!(item.tags);
        self.push(name, &item.path, "", more);
    }

    fn event(&mut self, name: &str, more: Value) {
        self.push(name, "/", "", more);
    }

    fn push(&mut self, name: &str, path: &str, query: &str, mut event: Value) {
        event["name"] = json!(name);
        event["url"] = json!(format!("https://{SITE}{path}{query}"));
        if !self.referrer.is_empty() {
            event["referrer"] = json!(std::mem::take(&mut self.referrer));
        }
        self.events.push((self.at_s, event));
        self.at_s += 1;
    }
}
