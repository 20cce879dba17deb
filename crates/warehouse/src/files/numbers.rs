//! Numbers of a column as bytes: all the same, a few among zeros, or one stream for each of their bytes.
//!
//! Bytes of the same weight lie together, so that the entropy coder of Zstandard finds the frequent ones, and reading
//! is joining arrays: no number is looked at alone.

use std::cell::Cell;

use zstd::bulk::{Compressor, Decompressor};

use crate::spare::{self, Spare};

/// All numbers are the one that follows.
const SAME: u8 = 0;
/// How many streams there are, then the streams, low bytes first.
const PLANES: u8 = 1;
/// How many numbers are not zero, then how many zeros are before each, then these numbers.
const SPARSE: u8 = 2;
/// Of so many numbers one or less is not zero in what is written as a few among zeros.
const SPARSE_FROM: usize = 3;

/// Bytes are no numbers.
#[derive(Debug, thiserror::Error)]
#[error("the numbers of a column are damaged")]
pub(crate) struct Damaged;

/// A number that is put together from bytes.
pub(super) trait Word: Copy + Default + PartialEq + Spare {
    /// Of the lowest 64 bits.
    fn of(value: u64) -> Self;
    /// Adds a byte of weight `256^at`.
    fn with(self, byte: u8, at: usize) -> Self;
}

macro_rules! word {
    ($($word:ty),*) => {$(
        impl Word for $word {
            fn of(value: u64) -> $word {
                value as $word
            }

            #[inline]
            fn with(self, byte: u8, at: usize) -> $word {
                self | (<$word>::from(byte) << (at * 8 % <$word>::BITS as usize))
            }
        }
    )*};
}

word!(u8, u32, u64);

/// Writes numbers; keeps the coder's memory.
pub(super) struct Encoder(Compressor<'static>);

impl Encoder {
    /// With a level of Zstandard.
    pub(super) fn new(level: i32) -> std::io::Result<Encoder> {
        Ok(Encoder(Compressor::new(level)?))
    }

    /// Appends numbers.
    pub(super) fn write(&mut self, numbers: &[u64], out: &mut Vec<u8>) -> std::io::Result<()> {
        let first = numbers.first().copied().unwrap_or(0);
        if numbers.iter().all(|number| *number == first) {
            out.push(SAME);
            put(out, first);
            return Ok(());
        }
        let filled = numbers.iter().filter(|number| **number != 0).count();
        if filled > numbers.len() / SPARSE_FROM {
            return self.planes(numbers, out);
        }
        out.push(SPARSE);
        put(out, filled as u64);
        let (mut gaps, mut values) = (Vec::with_capacity(filled), Vec::with_capacity(filled));
        let mut next = 0;
        for (at, number) in numbers.iter().enumerate().filter(|(_, number)| **number != 0) {
            gaps.push((at - next) as u64);
            values.push(*number);
            next = at + 1;
        }
        self.planes_or_same(&gaps, out)?;
        self.planes_or_same(&values, out)
    }

    fn planes_or_same(&mut self, numbers: &[u64], out: &mut Vec<u8>) -> std::io::Result<()> {
        if numbers.iter().all(|number| *number == numbers[0]) {
            out.push(SAME);
            put(out, numbers[0]);
            return Ok(());
        }
        self.planes(numbers, out)
    }

    fn planes(&mut self, numbers: &[u64], out: &mut Vec<u8>) -> std::io::Result<()> {
        let any = numbers.iter().fold(0, |any, number| any | number);
        let planes = (u64::BITS - any.leading_zeros()).div_ceil(8);
        out.push(PLANES);
        out.push(planes as u8);
        for plane in 0..planes {
            let bytes: Vec<u8> = numbers.iter().map(|number| (number >> (plane * 8)) as u8).collect();
            let packed = self.0.compress(&bytes)?;
            // A stream that does not get shorter is written as it is.
            let written = if packed.len() < bytes.len() { &packed } else { &bytes };
            put(out, written.len() as u64);
            out.extend_from_slice(written);
        }
        Ok(())
    }
}

thread_local! {
    /// The last decoder of the thread that is not needed any more: making one takes longer than reading a small column.
    static SPARE: Cell<Option<(Decompressor<'static>, Vec<u8>)>> = const { Cell::new(None) };
}

/// Reads numbers; keeps the decoder's memory.
pub(super) struct Decoder {
    /// Absent only while it is dropped.
    zstd: Option<Decompressor<'static>>,
    plane: Vec<u8>,
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Some(zstd) = self.zstd.take() {
            // At the end of a thread there is no place for it any more.
            let _ = SPARE.try_with(|spare| spare.set(Some((zstd, std::mem::take(&mut self.plane)))));
        }
    }
}

impl Decoder {
    pub(super) fn new() -> std::io::Result<Decoder> {
        let (zstd, plane) = match SPARE.take() {
            Some(spare) => spare,
            None => (Decompressor::new()?, Vec::new()),
        };
        Ok(Decoder { zstd: Some(zstd), plane })
    }

    /// Takes `count` numbers off the bytes.
    pub(super) fn read<T: Word>(&mut self, bytes: &mut &[u8], count: usize) -> Result<Vec<T>, Damaged> {
        match take_byte(bytes)? {
            SAME => Ok(filled(T::of(take(bytes)?), count)),
            PLANES => self.planes(bytes, count),
            SPARSE => self.sparse(bytes, count),
            _ => Err(Damaged),
        }
    }

    /// As [`Self::read`], of numbers that are no few among zeros.
    fn read_flat<T: Word>(&mut self, bytes: &mut &[u8], count: usize) -> Result<Vec<T>, Damaged> {
        if bytes.first() == Some(&SPARSE) { Err(Damaged) } else { self.read(bytes, count) }
    }

    /// Takes those of `count` numbers that are not zero, each with its place, off the bytes, if they are written as a few
    /// among zeros.
    pub(super) fn read_few<T: Word>(
        &mut self,
        bytes: &mut &[u8],
        count: usize,
    ) -> Option<Result<Vec<(u32, T)>, Damaged>> {
        let left = bytes.strip_prefix(&[SPARSE])?;
        *bytes = left;
        Some(self.few(bytes, count))
    }

    fn few<T: Word>(&mut self, bytes: &mut &[u8], count: usize) -> Result<Vec<(u32, T)>, Damaged> {
        let filled = usize::try_from(take(bytes)?).ok().filter(|filled| *filled <= count).ok_or(Damaged)?;
        let gaps: Vec<u32> = self.read_flat(bytes, filled)?;
        let values: Vec<T> = self.read_flat(bytes, filled)?;
        let mut next = 0u32;
        let mut place = |gap: u32| {
            let at = next.checked_add(gap).filter(|at| (*at as usize) < count).ok_or(Damaged)?;
            next = at + 1;
            Ok(at)
        };
        gaps.into_iter().zip(values).map(|(gap, value)| Ok((place(gap)?, value))).collect()
    }

    fn sparse<T: Word>(&mut self, bytes: &mut &[u8], count: usize) -> Result<Vec<T>, Damaged> {
        let mut numbers = filled(T::default(), count);
        for (at, value) in self.few(bytes, count)? {
            *numbers.get_mut(at as usize).ok_or(Damaged)? = value;
        }
        Ok(numbers)
    }

    fn planes<T: Word>(&mut self, bytes: &mut &[u8], count: usize) -> Result<Vec<T>, Damaged> {
        let planes = usize::from(take_byte(bytes)?);
        if planes > 8 {
            return Err(Damaged);
        }
        let mut numbers: Vec<T> = if planes == 0 { Vec::new() } else { spare::take(count) };
        for at in 0..planes {
            let length = usize::try_from(take(bytes)?).map_err(|_| Damaged)?;
            let (packed, rest) = bytes.split_at_checked(length).ok_or(Damaged)?;
            *bytes = rest;
            let plane = self.plane(packed, count)?;
            if at == 0 {
                numbers.extend(plane.iter().map(|byte| T::default().with(*byte, 0)));
            } else {
                numbers.iter_mut().zip(plane).for_each(|(number, byte)| *number = number.with(*byte, at));
            }
        }
        if numbers.len() == count { Ok(numbers) } else { Err(Damaged) }
    }

    fn plane<'a>(&'a mut self, packed: &'a [u8], count: usize) -> Result<&'a [u8], Damaged> {
        if packed.len() == count {
            return Ok(packed);
        }
        self.plane.clear();
        self.plane.reserve(count);
        let zstd = self.zstd.as_mut().ok_or(Damaged)?;
        let read = zstd.decompress_to_buffer(packed, &mut self.plane).map_err(|_| Damaged)?;
        if read == count { Ok(&self.plane) } else { Err(Damaged) }
    }
}

/// So many times the same.
fn filled<T: Word>(number: T, count: usize) -> Vec<T> {
    let mut numbers = spare::take(count);
    numbers.resize(count, number);
    numbers
}

/// Appends a number of variable length: seven bits a byte, the lowest first.
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes such a number off the bytes.
pub(crate) fn take(bytes: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Damaged)
}

/// Takes a number of things, each of which has at least a byte.
pub(super) fn take_count(bytes: &mut &[u8]) -> Result<usize, Damaged> {
    usize::try_from(take(bytes)?).ok().filter(|count| *count <= bytes.len()).ok_or(Damaged)
}

/// Takes a text behind its length.
pub(super) fn take_text(bytes: &mut &[u8]) -> Result<String, Damaged> {
    let length = take_count(bytes)?;
    let (text, rest) = bytes.split_at_checked(length).ok_or(Damaged)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).map_err(|_| Damaged)
}

pub(super) fn take_byte(bytes: &mut &[u8]) -> Result<u8, Damaged> {
    let (byte, rest) = bytes.split_first().ok_or(Damaged)?;
    *bytes = rest;
    Ok(*byte)
}

/// Small numbers of both signs as small numbers.
pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        let number = prop_oneof![4 => Just(0u64), 4 => 0u64..300, 1 => any::<u64>()];
        prop_oneof![
            prop::collection::vec(number, 0..400),
            (any::<u64>(), 0usize..400).prop_map(|(number, count)| vec![number; count]),
        ]
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(lists in prop::collection::vec(numbers(), 0..4)) {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(3).expect("a level");
            for numbers in &lists {
                encoder.write(numbers, &mut bytes).expect("written");
            }
            let mut decoder = Decoder::new().expect("a decoder");
            let mut left = bytes.as_slice();
            for numbers in &lists {
                prop_assert_eq!(&decoder.read::<u64>(&mut left, numbers.len()).expect("read"), numbers);
            }
            prop_assert!(left.is_empty());
        }

        #[test]
        fn whatever_is_read_ends(bytes in prop::collection::vec(any::<u8>(), 0..60), count in 0usize..1_000) {
            let mut decoder = Decoder::new().expect("a decoder");
            if let Ok(numbers) = decoder.read::<u32>(&mut bytes.as_slice(), count) {
                prop_assert_eq!(numbers.len(), count);
            }
        }
    }
}
