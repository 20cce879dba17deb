//! The size of single events within a batch.

/// The number of the first event with more than `most` bytes: the first object in the list of the outermost object
/// that is so long. Only bodies longer than `most` are looked at; what is not JSON is left to the parser.
pub(crate) fn first_large_event(body: &[u8], most: usize) -> Option<usize> {
    /// In the outermost object, in its list, in an event.
    const EVENT: usize = 3;
    if body.len() <= most {
        return None;
    }
    let (mut depth, mut number, mut began) = (0usize, 0usize, 0usize);
    let (mut in_text, mut escaped) = (false, false);
    for (at, byte) in body.iter().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth += 1;
                match depth {
                    2 => number = 0,
                    EVENT => began = at,
                    _ => {}
                }
            }
            b'}' | b']' => {
                if depth == EVENT {
                    if at + 1 - began > most {
                        return Some(number);
                    }
                    number += 1;
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lengths: &[usize]) -> String {
        let event = |length: &usize| format!(r#"{{"a":"}}]\"{}"}}"#, "x".repeat(length - 12));
        let events: Vec<String> = lengths.iter().map(event).collect();
        format!(r#"{{"screen":[1,2],"events":[{}]}}"#, events.join(","))
    }

    #[test]
    fn an_event_is_measured_to_the_byte() {
        assert_eq!(first_large_event(body(&[100, 100, 100]).as_bytes(), 100), None);
        assert_eq!(first_large_event(body(&[100, 101, 200]).as_bytes(), 100), Some(1));
        assert_eq!(first_large_event(body(&[101]).as_bytes(), 100), Some(0));
    }

    #[test]
    fn no_json_does_no_harm() {
        for bytes in [&b"}}}]]]{{{"[..], b"\"\\", b"[[[[", b""] {
            assert_eq!(first_large_event(bytes, 0), None);
        }
    }
}
