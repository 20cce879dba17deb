//! What a message says, in two languages.

use serde::Deserialize;

/// Most reasons that are said of an item.
const MOST_REASONS: usize = 2;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    En,
    De,
}

/// Why an item is in a list.
#[derive(Deserialize)]
pub(super) struct Reason {
    kind: String,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    title: Option<String>,
}

pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) hide: &'static str,
    pub(super) empty: &'static str,
    pub(super) foot: &'static str,
    /// By kind; `{}` is the tag or the item's title.
    reasons: [(&'static str, &'static str); 8],
}

const EN: Words = Words {
    language: "en",
    title: "For you",
    hide: "Not interested",
    empty: "There is nothing to suggest yet.",
    foot: "This list is made of what you said you like. Nothing tells us whether you read it.",
    reasons: [
        ("tag_followed", "because you follow {}"),
        ("liked", "because you liked {}"),
        ("bookmarked", "because you bookmarked {}"),
        ("similar_to", "like {}"),
        ("popular", "popular"),
        ("trending", "more wanted than usual"),
        ("new", "new"),
        ("editorial", "chosen by the editors"),
    ],
};

const DE: Words = Words {
    language: "de",
    title: "Für Sie",
    hide: "Interessiert mich nicht",
    empty: "Noch gibt es nichts vorzuschlagen.",
    foot: "Diese Liste folgt dem, was Sie als Ihre Vorlieben angegeben haben. Niemand erfährt, ob Sie sie lesen.",
    reasons: [
        ("tag_followed", "weil Sie {} folgen"),
        ("liked", "weil Ihnen {} gefällt"),
        ("bookmarked", "weil Sie {} gemerkt haben"),
        ("similar_to", "ähnlich wie {}"),
        ("popular", "beliebt"),
        ("trending", "gefragter als sonst"),
        ("new", "neu"),
        ("editorial", "von der Redaktion gewählt"),
    ],
};

impl Words {
    pub(super) fn of(language: Language) -> Words {
        match language {
            Language::En => EN,
            Language::De => DE,
        }
    }

    /// Up to two reasons. One that is not known, or is about nothing, is not said.
    pub(super) fn because(&self, reasons: &[Reason]) -> String {
        let mut said: Vec<String> = Vec::new();
        for reason in reasons {
            let Some((_, sentence)) = self.reasons.iter().find(|(kind, _)| *kind == reason.kind) else { continue };
            let about = reason.tag.as_deref().or(reason.title.as_deref()).or(reason.item.as_deref());
            let sentence = match about {
                Some(about) => sentence.replace("{}", &super::one_line(about)),
                None if sentence.contains("{}") => continue,
                None => (*sentence).to_owned(),
            };
            if !said.contains(&sentence) {
                said.push(sentence);
            }
        }
        said.truncate(MOST_REASONS);
        said.join(", ")
    }
}
