//! Browser, operating system, device, screen, density and touch.

use outis_event::{AnonymousEvent, Dimension, Term};

use crate::classes::{density_class, touch_class, width_class};
use crate::tables::{Agent, Device};
use crate::words::Clerk;
use crate::{RawEvent, Tables};

/// Browser families that many people have. Others wait: the list that tells them copies text out of user agents.
const BROWSERS: [&str; 62] = [
    "Other",
    "Chrome",
    "Chrome Mobile",
    "Chrome Mobile iOS",
    "Chrome Mobile WebView",
    "HeadlessChrome",
    "Chromium",
    "Safari",
    "Mobile Safari",
    "Mobile Safari UI/WKWebView",
    "Firefox",
    "Firefox Mobile",
    "Firefox iOS",
    "Firefox Focus",
    "Edge",
    "Edge Mobile",
    "Opera",
    "Opera Mobile",
    "Opera Mini",
    "Opera Touch",
    "Opera GX",
    "Samsung Internet",
    "Yandex Browser",
    "Vivaldi",
    "Brave",
    "DuckDuckGo Mobile",
    "DuckDuckGo",
    "UC Browser",
    "MiuiBrowser",
    "Huawei Browser",
    "QQ Browser",
    "QQ Browser Mobile",
    "Sogou Explorer",
    "Baidu Browser",
    "Baidu Box App",
    "Whale",
    "Silk",
    "Amazon Silk",
    "Android",
    "IE",
    "IE Mobile",
    "Facebook",
    "Instagram",
    "Pinterest",
    "Snapchat",
    "TikTok",
    "LinkedIn",
    "Twitter",
    "WeChat",
    "LINE",
    "KAKAOTALK",
    "Google",
    "Ecosia",
    "Ecosia Android",
    "Ecosia iOS",
    "Puffin",
    "Konqueror",
    "Epiphany",
    "Falkon",
    "SeaMonkey",
    "Pale Moon",
    "Waterfox",
];

/// Families of operating systems that many people have.
const SYSTEMS: [&str; 27] = [
    "Other",
    "Windows",
    "Windows Phone",
    "Mac OS X",
    "iOS",
    "iPadOS",
    "Android",
    "Linux",
    "Ubuntu",
    "Debian",
    "Fedora",
    "Red Hat",
    "CentOS",
    "Arch Linux",
    "Chrome OS",
    "Chromecast",
    "KaiOS",
    "Tizen",
    "WebOS",
    "tvOS",
    "ATV OS X",
    "watchOS",
    "FreeBSD",
    "OpenBSD",
    "NetBSD",
    "BlackBerry OS",
    "Symbian OS",
];

/// Versions that are not numbers.
const NAMED_VERSIONS: [&str; 8] = ["XP", "Vista", "NT", "ME", "CE", "RT", "2000", "98"];

/// Sets the dimensions of the visitor's equipment.
pub(crate) fn set_device(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent, tables: &Tables) {
    let agent = tables.agent(raw.user_agent.expose("family, major version and class are kept"));
    let os = system(&agent, raw);
    event.set(Dimension::Browser, family(clerk, Dimension::Browser, &agent.browser, &BROWSERS));
    event.set(Dimension::BrowserVersion, version(clerk, Dimension::BrowserVersion, agent.browser_major.as_deref()));
    event.set(Dimension::Os, family(clerk, Dimension::Os, os, &SYSTEMS));
    event.set(Dimension::OsVersion, version(clerk, Dimension::OsVersion, agent.os_major.as_deref()));
    let classes = [
        (Dimension::Device, class(&agent, raw).map(Device::word)),
        (Dimension::Screen, raw.screen.and_then(|size| width_class(size.width))),
        (Dimension::Viewport, raw.viewport.and_then(|size| width_class(size.width))),
        (Dimension::Density, raw.density.and_then(density_class)),
        (Dimension::Touch, raw.touch.map(touch_class)),
    ];
    for (dimension, word) in classes {
        event.set(dimension, word.map_or(Term::NONE, |word| clerk.public(dimension, word)));
    }
}

fn family(clerk: &mut Clerk<'_>, dimension: Dimension, family: &str, known: &[&str]) -> Term {
    if let Some(term) = clerk.ctx.vocabulary.lookup(dimension, family) {
        return term;
    }
    if known.contains(&family) { clerk.public(dimension, family) } else { clerk.word(dimension, family) }
}

fn version(clerk: &mut Clerk<'_>, dimension: Dimension, major: Option<&str>) -> Term {
    let Some(major) = major else { return Term::NONE };
    let short = major.len() <= 4 && major.bytes().all(|b| b.is_ascii_digit());
    if short || NAMED_VERSIONS.contains(&major) { clerk.public(dimension, major) } else { clerk.word(dimension, major) }
}

/// The operating system; where the user agent does not tell it, the platform hint does.
fn system<'a>(agent: &'a Agent, raw: &RawEvent) -> &'a str {
    let Some(platform) = raw.client_hints.platform.as_ref().filter(|_| &*agent.os == "Other") else { return &agent.os };
    match platform.expose("one of few names").trim().trim_matches('"') {
        "Windows" => "Windows",
        "macOS" => "Mac OS X",
        "Android" => "Android",
        "iOS" => "iOS",
        "Linux" => "Linux",
        "Chrome OS" | "Chromium OS" => "Chrome OS",
        _ => &agent.os,
    }
}

/// The class of device. Tablets that ask for desktop pages give themselves away by touch or platform.
fn class(agent: &Agent, raw: &RawEvent) -> Option<Device> {
    let platform = raw.client_hints.platform.as_ref().map(|p| p.expose("one of few names").trim_matches('"'));
    match (agent.device, raw.client_hints.mobile) {
        (Some(Device::Desktop) | None, Some(true)) => Some(Device::Mobile),
        (Some(Device::Desktop), _) if platform == Some("Android") => Some(Device::Tablet),
        (Some(Device::Desktop), _) if &*agent.os == "Mac OS X" && raw.touch == Some(true) => Some(Device::Tablet),
        (None, Some(false)) => Some(Device::Desktop),
        (device, _) => device,
    }
}
