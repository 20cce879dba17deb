//! Streaming decompression with a hard cap on the output.

use std::io::{BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use zeroize::{Zeroize, Zeroizing};

/// Output is taken in pieces of this size, and the cap is looked at after each.
const PIECE_BYTES: usize = 8 * 1024;
/// Largest window of a zstd frame: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Zstd,
}

/// Why a body was not decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// More comes out than may.
    TooLarge,
    /// The bytes are not of this coding, or end early.
    Broken,
}

/// Decompresses a body of one or more members into at most `most` bytes.
pub(crate) fn inflate(coding: Coding, bytes: &[u8], most: usize) -> Result<Zeroizing<Vec<u8>>, InflateError> {
    match coding {
        Coding::Gzip => drain(MultiGzDecoder::new(bytes), most),
        Coding::Zstd => drain(zstd(bytes)?, most),
    }
}

fn zstd<R: BufRead>(bytes: R) -> Result<impl Read, InflateError> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| InflateError::Broken)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|_| InflateError::Broken)?;
    Ok(decoder)
}

fn drain(mut from: impl Read, most: usize) -> Result<Zeroizing<Vec<u8>>, InflateError> {
    let mut out = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new([0u8; PIECE_BYTES]);
    loop {
        let count = from.read(&mut *piece).map_err(|_| InflateError::Broken)?;
        if count == 0 {
            return Ok(out);
        }
        if out.len() + count > most {
            return Err(InflateError::TooLarge);
        }
        push(&mut out, &piece[..count]);
    }
}

/// Appends to a buffer that is wiped: also where it was before it grew.
pub(crate) fn push(out: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if out.capacity() - out.len() < bytes.len() {
        let mut larger = Vec::with_capacity((out.len() + bytes.len()).next_power_of_two());
        larger.extend_from_slice(out);
        std::mem::replace(&mut **out, larger).zeroize();
    }
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const CAP: usize = 256 * 1024;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).and_then(|()| out.finish()).expect("memory")
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).expect("memory")
    }

    fn plain(coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, InflateError> {
        inflate(coding, bytes, CAP).map(|out| out.to_vec())
    }

    #[test]
    fn members_are_joined() {
        let both = [gzip(b"a"), gzip(b""), gzip(b"b")].concat();
        assert_eq!(plain(Coding::Gzip, &both), Ok(b"ab".to_vec()));
        let both = [zst(b"a"), zst(b""), zst(b"b")].concat();
        assert_eq!(plain(Coding::Zstd, &both), Ok(b"ab".to_vec()));
    }

    #[test]
    fn the_cap_is_exact() {
        for (coding, pack) in [(Coding::Gzip, gzip as fn(&[u8]) -> Vec<u8>), (Coding::Zstd, zst)] {
            assert_eq!(plain(coding, &pack(&vec![7; CAP])), Ok(vec![7; CAP]));
            assert_eq!(plain(coding, &pack(&vec![7; CAP + 1])), Err(InflateError::TooLarge));
            let halves = [pack(&vec![7; CAP]), pack(b"x")].concat();
            assert_eq!(plain(coding, &halves), Err(InflateError::TooLarge));
        }
    }

    /// A reader that yields as much of a pattern as is asked for, and counts.
    struct Counted<'a>(std::io::BufReader<&'a [u8]>, &'a std::cell::Cell<usize>);

    impl Read for Counted<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read(out)?;
            self.1.set(self.1.get() + count);
            Ok(count)
        }
    }

    #[test]
    fn bombs_stop_at_the_cap() {
        // A gibibyte of zeros is about a mebibyte of gzip and 32 KiB of zstd.
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut zs = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("encoder");
        let mebibyte = vec![0u8; 1 << 20];
        for _ in 0..1024 {
            gz.write_all(&mebibyte).expect("memory");
            zs.write_all(&mebibyte).expect("memory");
        }
        let (gz, zs) = (gz.finish().expect("memory"), zs.finish().expect("memory"));
        assert!(zs.len() < CAP);
        let read = std::cell::Cell::new(0);
        for result in [
            drain(MultiGzDecoder::new(std::io::BufReader::new(Counted(std::io::BufReader::new(&gz), &read))), CAP),
            inflate(Coding::Gzip, &gz, CAP),
            inflate(Coding::Zstd, &zs, CAP),
            inflate(Coding::Zstd, &[zs.clone(), zs].concat(), CAP),
        ] {
            assert_eq!(result.map(|_| ()), Err(InflateError::TooLarge));
        }
        assert!(read.get() < 64 * 1024, "the rest is not even read");
        // Wrapped once more: one layer comes off.
        assert!(plain(Coding::Gzip, &gzip(&gzip(&vec![0; 1 << 24]))).expect("one layer").starts_with(&[0x1f, 0x8b]));
    }

    #[test]
    fn a_zstd_frame_with_a_large_window_is_refused() {
        let mut out = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("encoder");
        out.window_log(25).expect("a window zstd knows");
        out.include_contentsize(false).expect("flag");
        out.write_all(b"{}").expect("memory");
        assert_eq!(plain(Coding::Zstd, &out.finish().expect("memory")), Err(InflateError::Broken));
    }

    #[test]
    fn broken_bytes_are_refused() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            assert_eq!(plain(coding, b"{\"site\":1}"), Err(InflateError::Broken));
        }
        let whole = gzip(b"abcdefgh");
        assert_eq!(plain(Coding::Gzip, &whole[..whole.len() - 1]), Err(InflateError::Broken));
        let whole = zst(b"abcdefgh");
        assert_eq!(plain(Coding::Zstd, &whole[..whole.len() - 1]), Err(InflateError::Broken));
    }
}
