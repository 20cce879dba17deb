//! Text with what was found taken out.

use std::borrow::Cow;

use super::Detector;

impl Detector {
    /// The text with every finding replaced by its kind in angle brackets, as `<email>`; borrowed if there is none.
    ///
    /// Not promised: what the detector does not find stays.
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let findings = self.find_all(text);
        if findings.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        for finding in findings {
            clean.push_str(&text[from..finding.range.start]);
            clean.push('<');
            clean.push_str(finding.kind.name());
            clean.push('>');
            from = finding.range.end;
        }
        clean.push_str(&text[from..]);
        Cow::Owned(clean)
    }
}
