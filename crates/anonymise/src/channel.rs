//! The channel of a visit: the kind of its source, by rules of which the first that fits holds.

use crate::tables::{Kind, Source};

/// What is known about where a visit came from; all text in lower case.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    /// Campaign parameter `utm_medium`.
    pub(crate) medium: &'a str,
    /// Campaign parameter `utm_source`, `source` or `ref`.
    pub(crate) tagged: &'a str,
    /// Campaign parameter `utm_campaign`.
    pub(crate) campaign: &'a str,
    /// Name of a click id.
    pub(crate) click_id: &'a str,
    /// The source, if it is well known.
    pub(crate) known: Option<Source>,
    /// There is a source, known or not.
    pub(crate) has_source: bool,
}

/// Words in `utm_source` that stand for paid search.
const PAID_SEARCH: [&str; 12] = [
    "adwords",
    "googleads",
    "google-ads",
    "google_ads",
    "google ads",
    "bingads",
    "bing-ads",
    "bing_ads",
    "microsoft-ads",
    "microsoftads",
    "yandex-direct",
    "apple-search-ads",
];
/// Words in `utm_source` that stand for paid social.
const PAID_SOCIAL: [&str; 13] = [
    "facebook-ads",
    "facebook_ads",
    "facebookads",
    "fb-ads",
    "fb_ads",
    "fbads",
    "instagram-ads",
    "linkedin-ads",
    "linkedin_ads",
    "tiktok-ads",
    "tiktok_ads",
    "twitter-ads",
    "reddit-ads",
];
const MAIL: [&str; 6] = ["email", "e-mail", "e_mail", "e mail", "newsletter", "mail"];
const DISPLAY: [&str; 5] = ["display", "banner", "expandable", "interstitial", "cpm"];
const SOCIAL: [&str; 8] = [
    "social",
    "social-network",
    "social-media",
    "social_network",
    "social_media",
    "sm",
    "social network",
    "social media",
];
const REFERRAL: [&str; 3] = ["referral", "app", "link"];

/// The channel. Always one of a fixed list.
pub(crate) fn channel(origin: &Origin<'_>) -> &'static str {
    paid(origin).or_else(|| organic(origin)).unwrap_or_else(|| owned(origin))
}

fn paid(origin: &Origin<'_>) -> Option<&'static str> {
    let pays = is_paid(origin.medium);
    let kind = origin.known.map(|source| source.kind);
    if origin.campaign.contains("cross-network") {
        return Some("Cross-network");
    }
    if DISPLAY.contains(&origin.medium) {
        return Some("Display");
    }
    if pays && (kind == Some(Kind::Shopping) || sells(origin.campaign)) {
        return Some("Paid Shopping");
    }
    if (pays && kind == Some(Kind::Search)) || PAID_SEARCH.contains(&origin.tagged) || has_paid_click(origin) {
        return Some("Paid Search");
    }
    if (pays && kind == Some(Kind::Social)) || PAID_SOCIAL.contains(&origin.tagged) {
        return Some("Paid Social");
    }
    if pays && kind == Some(Kind::Video) {
        return Some("Paid Video");
    }
    pays.then_some("Paid Other")
}

fn organic(origin: &Origin<'_>) -> Option<&'static str> {
    let kind = origin.known.map(|source| source.kind);
    if kind == Some(Kind::Shopping) || sells(origin.campaign) {
        return Some("Organic Shopping");
    }
    if kind == Some(Kind::Social) || SOCIAL.contains(&origin.medium) {
        return Some("Organic Social");
    }
    if kind == Some(Kind::Video) || origin.medium.contains("video") {
        return Some("Organic Video");
    }
    if kind == Some(Kind::Ai) {
        return Some("AI Assistants");
    }
    (kind == Some(Kind::Search) || origin.medium == "organic").then_some("Organic Search")
}

fn owned(origin: &Origin<'_>) -> &'static str {
    let kind = origin.known.map(|source| source.kind);
    let (medium, tagged) = (origin.medium, origin.tagged);
    if kind == Some(Kind::Email) || MAIL.contains(&medium) || MAIL.contains(&tagged) {
        "Email"
    } else if matches!(medium, "affiliate" | "affiliates") {
        "Affiliates"
    } else if medium == "audio" || kind == Some(Kind::Audio) {
        "Audio"
    } else if medium == "sms" || tagged == "sms" {
        "SMS"
    } else if medium.ends_with("push")
        || medium.contains("mobile")
        || medium.contains("notification")
        || tagged == "firebase"
    {
        "Mobile Push Notifications"
    } else if REFERRAL.contains(&medium) || origin.has_source {
        "Referral"
    } else {
        "Direct"
    }
}

/// True if clicks of this medium are paid for.
fn is_paid(medium: &str) -> bool {
    medium.starts_with("cp") || medium.starts_with("paid") || matches!(medium, "ppc" | "retargeting")
}

fn has_paid_click(origin: &Origin<'_>) -> bool {
    let name = origin.known.map_or("", |source| source.name);
    matches!((name, origin.click_id), ("Google", "gclid" | "gbraid" | "wbraid") | ("Bing", "msclkid"))
}

/// True for campaigns named after shopping (`shop`, `summer-shop`, but not `workshop`).
fn sells(campaign: &str) -> bool {
    let starts_a_word = |at: usize| !campaign[..at].ends_with(|c: char| c.is_alphanumeric());
    campaign.match_indices("shop").any(|(at, _)| starts_a_word(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tables;

    /// (medium, utm_source, campaign, click id, referring host) and the channel.
    const CASES: [(&str, &str, &str, &str, &str, &str); 40] = [
        ("", "", "", "", "", "Direct"),
        ("", "", "", "", "unknown.example", "Referral"),
        ("", "", "", "", "google.com", "Organic Search"),
        ("", "", "", "gclid", "google.com", "Paid Search"),
        ("", "", "", "gclid", "bing.com", "Organic Search"),
        ("", "", "", "msclkid", "bing.com", "Paid Search"),
        ("cpc", "google", "", "", "", "Paid Search"),
        ("", "adwords", "", "", "", "Paid Search"),
        ("cpc", "facebook", "", "", "", "Paid Social"),
        ("paid_social", "fb", "", "", "", "Paid Social"),
        ("", "facebook-ads", "", "", "", "Paid Social"),
        ("ppc", "youtube", "", "", "", "Paid Video"),
        ("cpc", "amazon", "", "", "", "Paid Shopping"),
        ("cpc", "google", "summer-shopping", "", "", "Paid Shopping"),
        ("cpc", "google", "workshop", "", "", "Paid Search"),
        ("retargeting", "someone", "", "", "", "Paid Other"),
        ("cpc", "", "", "", "", "Paid Other"),
        ("cpm", "google", "", "", "", "Display"),
        ("banner", "partner", "", "", "", "Display"),
        ("cpc", "google", "x cross-network y", "", "", "Cross-network"),
        ("", "", "", "", "temu.com", "Organic Shopping"),
        ("", "someone", "shop", "", "", "Organic Shopping"),
        ("", "", "", "", "github.com", "Organic Social"),
        ("", "", "", "", "t.co", "Organic Social"),
        ("social", "someone", "", "", "", "Organic Social"),
        ("", "", "", "", "youtube.com", "Organic Video"),
        ("video", "someone", "", "", "", "Organic Video"),
        ("", "", "", "", "chatgpt.com", "AI Assistants"),
        ("", "chatgpt.com", "", "", "", "AI Assistants"),
        ("organic", "someone", "", "", "", "Organic Search"),
        ("email", "someone", "", "", "", "Email"),
        ("", "newsletter", "", "", "", "Email"),
        ("", "", "", "", "mail.google.com", "Email"),
        ("affiliate", "someone", "", "", "", "Affiliates"),
        ("audio", "someone", "", "", "", "Audio"),
        ("", "spotify", "", "", "", "Audio"),
        ("sms", "someone", "", "", "", "SMS"),
        ("push", "someone", "", "", "", "Mobile Push Notifications"),
        ("referral", "", "", "", "", "Referral"),
        ("", "someone", "", "", "", "Referral"),
    ];

    #[test]
    fn the_first_rule_that_fits_holds() {
        let tables = Tables::empty();
        let sources = tables.sources();
        for (medium, tagged, campaign, click_id, host, expected) in CASES {
            let known = if tagged.is_empty() { sources.by_host(host) } else { sources.by_word(tagged) };
            let has_source = !tagged.is_empty() || !host.is_empty();
            let origin = Origin { medium, tagged, campaign, click_id, known, has_source };
            assert_eq!(channel(&origin), expected, "{medium}|{tagged}|{campaign}|{click_id}|{host}");
        }
    }
}
