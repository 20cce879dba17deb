//! Classes of screens, pixel densities and touch, and the languages of a browser.

use std::sync::LazyLock;

use outis_event::MAX_LANGUAGES;

/// Class of a width in CSS pixels.
pub(crate) fn width_class(width: u32) -> Option<&'static str> {
    match width {
        0 => None,
        1..576 => Some("Mobile"),
        576..992 => Some("Tablet"),
        992..1440 => Some("Laptop"),
        _ => Some("Desktop"),
    }
}

/// Class of pixel density.
pub(crate) fn density_class(density: f32) -> Option<&'static str> {
    if !density.is_finite() || density <= 0.0 {
        None
    } else if density < 1.5 {
        Some("1x")
    } else if density < 2.5 {
        Some("2x")
    } else {
        Some("3x")
    }
}

/// Whether the main pointer is a finger.
pub(crate) fn touch_class(touch: bool) -> &'static str {
    if touch { "touch" } else { "no touch" }
}

/// ISO 639-1 codes, and a few of ISO 639-3 that browsers send.
const LANGUAGES: &str = " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu fil yue gsw hsb dsb ckb haw nds sco ast ";

/// The primary subtags of an `Accept-Language` header in order, each once, at most [`MAX_LANGUAGES`]. Languages that
/// are on no list are left out.
pub(crate) fn languages(header: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for part in header.split(',').take(64) {
        let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("");
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>() == Ok(0.0));
        let Some(language) = known_language(primary).filter(|_| !refused) else { continue };
        if !found.contains(&language) {
            found.push(language);
        }
        if found.len() == MAX_LANGUAGES {
            break;
        }
    }
    found
}

fn known_language(primary: &str) -> Option<&'static str> {
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    static SORTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut languages: Vec<_> = LANGUAGES.split_ascii_whitespace().collect();
        languages.sort_unstable();
        languages
    });
    let lower = |language: &&str| language.bytes().cmp(primary.bytes().map(|b| b.to_ascii_lowercase()));
    let at = SORTED.binary_search_by(lower).ok()?;
    Some(SORTED[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_and_densities() {
        let words: Vec<_> = [0, 1, 575, 576, 991, 992, 1439, 1440].map(width_class).to_vec();
        let [m, t, l, d] = ["Mobile", "Tablet", "Laptop", "Desktop"].map(Some);
        assert_eq!(words, [None, m, m, t, t, l, l, d]);
        assert_eq!(
            [0.0, f32::NAN, 1.0, 1.25, 1.5, 2.0, 2.625, 3.5].map(density_class),
            [None, None, Some("1x"), Some("1x"), Some("2x"), Some("2x"), Some("3x"), Some("3x")]
        );
    }

    #[test]
    fn languages_are_primary_subtags_once() {
        assert_eq!(languages("de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7,fr;q=0,*;q=0.1"), ["de", "en"]);
        assert_eq!(languages("zz,xx-secret,EN"), ["en"]);
        assert_eq!(languages(""), [] as [&str; 0]);
        assert_eq!(languages("aa,ab,ae,af,ak,am,an,ar,as,av").len(), MAX_LANGUAGES);
    }
}
