//! Counts of bytes that tell in one pass which scanners a text can interest.

/// What one pass over a text tells.
#[derive(Clone, Copy, Default)]
pub(super) struct Sketch {
    digits: usize,
    uppers: usize,
    dots: usize,
    colons: usize,
    dashes: usize,
    degrees: bool,
    pub(super) ats: bool,
    pub(super) percents: bool,
    /// The longest run of letters, digits, `-` and `_`.
    run: usize,
}

impl Sketch {
    pub(super) fn of(text: &[u8]) -> Sketch {
        let (mut digits, mut uppers, mut marks) = (0, 0, 0);
        // Without branches, so that it is done many bytes at a time.
        for &b in text {
            digits += usize::from(b.wrapping_sub(b'0') < 10);
            uppers += usize::from(b.wrapping_sub(b'A') < 26);
            marks += usize::from((b == b'@') | (b == b'%') | (b == b':') | (b == 0xb0) | (b == b'#'));
        }
        let sketch = Sketch { digits, uppers, ..Sketch::default() };
        if marks == 0 && sketch.is_clean() { sketch } else { sketch.in_detail(text) }
    }

    fn in_detail(mut self, text: &[u8]) -> Sketch {
        let mut run = 0;
        for &b in text {
            run = if b.is_ascii_alphanumeric() || b == b'-' || b == b'_' { run + 1 } else { 0 };
            self.run = self.run.max(run);
            match b {
                b'.' => self.dots += 1,
                b':' => self.colons += 1,
                b'-' => self.dashes += 1,
                b'@' => self.ats = true,
                b'%' => self.percents = true,
                0xb0 => self.degrees = true,
                _ => {}
            }
        }
        self
    }

    /// True if nothing can be found: no mark of anything, hardly a digit, hardly a capital letter.
    pub(super) fn is_clean(self) -> bool {
        self.digits < 2 && self.uppers < 3 && !self.ats && !self.percents && self.colons < 2
    }

    pub(super) fn may_hold_keys(self) -> bool {
        self.run >= 10 && (self.digits > 0 || self.uppers >= 3)
    }

    pub(super) fn may_hold_tokens(self) -> bool {
        self.run >= 20 || (self.run >= 8 && self.uppers >= 2)
    }

    pub(super) fn may_hold_places(self) -> bool {
        (self.dots > 0 && self.digits >= 4) || self.degrees
    }

    pub(super) fn may_hold_addresses(self) -> bool {
        (self.digits >= 4 && self.dots >= 2) || self.colons >= 2 || self.dashes >= 5
    }

    pub(super) fn may_hold_numbers(self) -> bool {
        self.digits >= 6
    }
}
