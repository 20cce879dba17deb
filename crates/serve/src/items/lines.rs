//! Whole lines out of a body that comes in pieces, however long a line is.

use outis_personal::catalogue::MOST_LINE_BYTES;

/// What has come and ends with a line is taken by so many bytes.
const PIECE_BYTES: usize = 8 * 1024 * 1024;

/// Lines that have come and were not taken yet.
#[derive(Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    /// Where the line begins that has no end yet.
    open_at: usize,
}

impl Lines {
    /// Adds what came; whole lines, once there are many. Of a line that is too long so much is kept that it is seen to be.
    pub(super) fn add(&mut self, mut bytes: &[u8]) -> Option<Vec<u8>> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end]);
            self.held.push(b'\n');
            self.open_at = self.held.len();
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes);
        if self.open_at < PIECE_BYTES {
            return None;
        }
        let open = self.held.split_off(self.open_at);
        self.open_at = 0;
        Some(std::mem::replace(&mut self.held, open))
    }

    fn extend(&mut self, part: &[u8]) {
        let room = (MOST_LINE_BYTES + 1).saturating_sub(self.held.len() - self.open_at);
        self.held.extend_from_slice(&part[..part.len().min(room)]);
    }

    /// What is left when nothing more comes; the last line needs no end.
    pub(super) fn rest(self) -> Vec<u8> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_however_they_come() {
        let text = "one\ntwo\n\nthree".repeat(3);
        for step in 1..8 {
            let mut lines = Lines::default();
            let taken: Vec<u8> = text.as_bytes().chunks(step).filter_map(|piece| lines.add(piece)).flatten().collect();
            assert_eq!([taken, lines.rest()].concat(), text.as_bytes());
        }
    }

    #[test]
    fn many_lines_are_taken_on_the_way_and_what_is_held_stays_small() {
        let mut lines = Lines::default();
        let line = [vec![b'x'; 1_000], b"\n".to_vec()].concat();
        let pieces = (0..20_000).filter_map(|_| lines.add(&line)).collect::<Vec<_>>();
        assert!(pieces.len() == 2 && pieces.iter().all(|piece| piece.ends_with(b"\n")));
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            assert!(lines.add(&[b'x'; 100_000]).is_none());
        }
        assert!(lines.add(b"\nnext").is_none());
        let rest = lines.rest();
        assert_eq!(rest.len(), MOST_LINE_BYTES + 1 + 5);
        assert!(rest.ends_with(b"x\nnext"));
    }
}
