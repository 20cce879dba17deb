//! Examples with marked values: `downloads per [country](dimension)`.

use super::Problem;

/// A piece of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) text: String,
    /// The slot whose value it is.
    pub(crate) slot: Option<String>,
}

/// The pieces of an example.
pub(crate) fn parse(example: &str) -> Result<Vec<Segment>, Problem> {
    let mut segments = Vec::new();
    let mut plain = String::new();
    let mut rest = example;
    while let Some(at) = rest.find(['[', '\\']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let bracket = escaped.chars().next().filter(|c| matches!(c, '[' | ']' | '\\'));
            plain.push(bracket.unwrap_or('\\'));
            rest = bracket.map_or(escaped, |c| &escaped[c.len_utf8()..]);
            continue;
        }
        let (text, behind) = rest[1..].split_once("](").ok_or(Problem::Markup)?;
        let (slot, behind) = behind.split_once(')').ok_or(Problem::Markup)?;
        if text.contains('[') || text.trim().is_empty() {
            return Err(Problem::Markup);
        }
        push_plain(&mut segments, &mut plain);
        segments.push(Segment { text: text.to_owned(), slot: Some(slot.trim().to_owned()) });
        rest = behind;
    }
    plain.push_str(rest);
    push_plain(&mut segments, &mut plain);
    Ok(segments)
}

fn push_plain(segments: &mut Vec<Segment>, plain: &mut String) {
    if !plain.is_empty() {
        segments.push(Segment { text: std::mem::take(plain), slot: None });
    }
}

/// Writes what [`parse`] reads.
pub(crate) fn write(segments: &[Segment]) -> String {
    let mut out = String::new();
    for Segment { text, slot } in segments {
        match slot {
            // A value with a bracket of its own cannot be marked; it loses the brackets.
            Some(slot) => {
                let text: String = text.chars().filter(|c| !matches!(c, '[' | ']')).collect();
                out.push_str(&format!("[{text}]({slot})"));
            }
            None => text.chars().for_each(|c| {
                if matches!(c, '[' | ']' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marked_values_are_read() {
        let plain = |text: &str| Segment { text: text.to_owned(), slot: None };
        let marked = |text: &str, slot: &str| Segment { text: text.to_owned(), slot: Some(slot.to_owned()) };
        assert_eq!(
            parse("downloads per [country](dimension) in [March](period)"),
            Ok(vec![plain("downloads per "), marked("country", "dimension"), plain(" in "), marked("March", "period")])
        );
        assert_eq!(parse("a \\[b\\] c"), Ok(vec![plain("a [b] c")]));
        for wrong in ["a [b", "a [b](c", "a [b] c", "a [](c)", "[a [b](c)"] {
            assert_eq!(parse(wrong), Err(Problem::Markup), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(texts in prop::collection::vec("[a-z\\[\\]\\\\ ]{1,8}", 0..5)) {
            let segments: Vec<Segment> = texts.iter().enumerate().map(|(at, text)| {
                let slot = (at % 2 == 1).then(|| "slot".to_owned());
                let text = if slot.is_some() { format!("v{}", text.replace(['[', ']'], "")) } else { text.clone() };
                Segment { text, slot }
            }).collect();
            prop_assert_eq!(parse(&write(&segments)), Ok(segments));
        }
    }
}
