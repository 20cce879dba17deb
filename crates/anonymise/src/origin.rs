//! Where a visit came from: campaign parameters, referrer, source and channel.

use std::borrow::Cow;

use outis_event::{AnonymousEvent, Dimension, Rewrite, Term};

use crate::address::Address;
use crate::channel::{Origin, channel};
use crate::tables::{Source, Sources};
use crate::words::Clerk;

/// Parameters by which advertisers follow a click. Only the name is kept.
const CLICK_IDS: [&str; 16] = [
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "fbclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "yclid",
    "epik",
    "rdt_cid",
    "sccid",
    "igshid",
    "mc_eid",
    "vero_id",
];
/// Words in `utm_medium` that belong to nobody.
const MEDIUMS: [&str; 40] = [
    "(gclid)",
    "(msclkid)",
    "affiliate",
    "affiliates",
    "app",
    "audio",
    "banner",
    "blog",
    "cpa",
    "cpc",
    "cpm",
    "cpv",
    "direct",
    "display",
    "e-mail",
    "email",
    "expandable",
    "feed",
    "interstitial",
    "link",
    "mail",
    "newsletter",
    "organic",
    "organic_social",
    "paid",
    "paid_search",
    "paid_social",
    "paidsearch",
    "paidsocial",
    "podcast",
    "ppc",
    "print",
    "push",
    "qr",
    "referral",
    "retargeting",
    "rss",
    "sms",
    "social",
    "video",
];

/// The campaign parameters of a page's address.
#[derive(Default)]
struct Campaign<'a> {
    medium: Cow<'a, str>,
    utm_source: Cow<'a, str>,
    other_source: Cow<'a, str>,
    campaign: Cow<'a, str>,
    content: Cow<'a, str>,
    term: Cow<'a, str>,
    click_id: &'static str,
    dropped: bool,
}

impl<'a> Campaign<'a> {
    fn of(address: &Address<'a>) -> Campaign<'a> {
        let mut campaign = Campaign::default();
        for (name, value) in address.parameters().take(100) {
            let place = match &*name {
                "utm_medium" => &mut campaign.medium,
                "utm_source" => &mut campaign.utm_source,
                "source" | "ref" => &mut campaign.other_source,
                "utm_campaign" => &mut campaign.campaign,
                "utm_content" => &mut campaign.content,
                "utm_term" => &mut campaign.term,
                name => {
                    match CLICK_IDS.iter().find(|id| id.eq_ignore_ascii_case(name)) {
                        Some(id) if campaign.click_id.is_empty() => campaign.click_id = id,
                        Some(_) => {}
                        None => campaign.dropped = true,
                    }
                    continue;
                }
            };
            if place.is_empty() {
                *place = value;
            }
        }
        campaign
    }
}

/// A referring page or app outside the site.
struct Referrer<'a> {
    host: Cow<'a, str>,
    known: Option<Source>,
}

impl<'a> Referrer<'a> {
    /// `None` for addresses of other schemes, of this machine and of the page's own host.
    fn of(text: &'a str, page_host: &str, sources: &Sources) -> Option<Referrer<'a>> {
        let address = Address::parse(text, false)?;
        let host = address.host;
        let app = address.scheme == "android-app";
        let web = matches!(&*address.scheme, "http" | "https");
        if host.is_empty() || !(app || web) || host == page_host || host == "localhost" || host == "127.0.0.1" {
            return None;
        }
        if app {
            // Package names are case-sensitive.
            let known = sources.by_app(app_of(text));
            return Some(Referrer { host, known });
        }
        let known = sources.by_host(&host);
        Some(Referrer { host, known })
    }
}

fn app_of(text: &str) -> &str {
    let package = text.trim().split_once("://").map_or("", |(_, rest)| rest);
    package.split(['/', '?', '#']).next().unwrap_or("")
}

/// Sets the dimensions of source, referrer, channel, campaign and click id.
pub(crate) fn set_origin(
    clerk: &mut Clerk<'_>,
    event: &mut AnonymousEvent,
    page: &Address<'_>,
    referrer: Option<&str>,
    sources: &Sources,
) {
    let campaign = Campaign::of(page);
    if campaign.dropped {
        clerk.rewrites.add(Rewrite::QueryDropped);
    }
    let referrer = referrer.and_then(|text| Referrer::of(text, &page.host, sources));
    let tagged = if campaign.utm_source.is_empty() { &campaign.other_source } else { &campaign.utm_source };
    let known = match (&referrer, tagged.is_empty()) {
        (_, false) => sources.by_word(tagged),
        (Some(referrer), true) => referrer.known,
        (None, true) => None,
    };
    let source = match (known, &referrer) {
        (Some(source), _) => clerk.public(Dimension::Source, source.name),
        (None, _) if !tagged.is_empty() => clerk.campaign_word(Dimension::Source, tagged),
        (None, Some(referrer)) => clerk.word(Dimension::Source, &referrer.host),
        (None, None) => Term::NONE,
    };
    event.set(Dimension::Source, source);
    if let Some(referrer) = &referrer {
        let term = match referrer.known {
            Some(_) if is_bare(&referrer.host) => clerk.public(Dimension::Referrer, &referrer.host),
            _ => clerk.word(Dimension::Referrer, &referrer.host),
        };
        event.set(Dimension::Referrer, term);
    }
    let has_source = !tagged.is_empty() || referrer.is_some();
    let lower = |text: &str| text.to_lowercase();
    let (medium, tagged, name) = (lower(&campaign.medium), lower(tagged), lower(&campaign.campaign));
    let origin =
        Origin { medium: &medium, tagged: &tagged, campaign: &name, click_id: campaign.click_id, known, has_source };
    event.set(Dimension::Channel, clerk.public(Dimension::Channel, channel(&origin)));
    set_campaign(clerk, event, &campaign, known);
}

/// True for hosts of few labels, which are well known themselves: what stands before may be somebody's.
fn is_bare(host: &str) -> bool {
    host.split('.').count() <= 2
}

fn set_campaign(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, campaign: &Campaign<'_>, known: Option<Source>) {
    let medium = match (&*campaign.medium, known.map_or("", |source| source.name), campaign.click_id) {
        ("", "Google", "gclid") => "(gclid)",
        ("", "Bing", "msclkid") => "(msclkid)",
        (medium, _, _) => medium,
    };
    let medium = if MEDIUMS.contains(&medium) {
        clerk.public(Dimension::UtmMedium, medium)
    } else {
        clerk.campaign_word(Dimension::UtmMedium, medium)
    };
    event.set(Dimension::UtmMedium, medium);
    for (dimension, value) in [
        (Dimension::UtmSource, &campaign.utm_source),
        (Dimension::UtmCampaign, &campaign.campaign),
        (Dimension::UtmContent, &campaign.content),
        (Dimension::UtmTerm, &campaign.term),
    ] {
        event.set(dimension, clerk.campaign_word(dimension, value));
    }
    if !campaign.click_id.is_empty() {
        event.set(Dimension::ClickId, clerk.public(Dimension::ClickId, campaign.click_id));
    }
}

impl Clerk<'_> {
    /// A word of a campaign: declared ones are admitted at once.
    fn campaign_word(&mut self, dimension: Dimension, word: &str) -> Term {
        if !word.is_empty() && self.ctx.rules.campaigns.contains(word) {
            return self.public(dimension, word);
        }
        self.word(dimension, word)
    }
}
