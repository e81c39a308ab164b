//! Decoders of deflate and gzip. Unlike plain decoders, they return every byte before the damage: in a truncated log,
//! each event counts.

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, Read};

const INPUT_BYTES: usize = 64 << 10;

/// Decoder of raw deflate data.
pub(crate) struct Inflate<R> {
    input: Input<R>,
    state: Decompress,
    progress: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Running,
    Ended,
    Damaged,
}

impl<R: Read> Inflate<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self::from_input(Input::new(inner))
    }

    fn from_input(input: Input<R>) -> Self {
        Self { input, state: Decompress::new(false), progress: Progress::Running }
    }

    /// Resets the decoder to start a new stream at the next unread byte.
    fn reset(&mut self) {
        self.state.reset(false);
        self.progress = Progress::Running;
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while self.progress == Progress::Running && !output.is_empty() {
            let input = self.input.fill()?;
            let is_last = input.is_empty();
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let result = self.state.decompress(input, output, FlushDecompress::None);
            let read = (self.state.total_in() - read) as usize;
            let written = (self.state.total_out() - written) as usize;
            self.input.consume(read);
            self.progress = match result {
                Ok(Status::StreamEnd) => Progress::Ended,
                Ok(_) if is_last && written == 0 => Progress::Damaged,
                Ok(_) => Progress::Running,
                Err(_) => Progress::Damaged,
            };
            if written > 0 {
                return Ok(written);
            }
        }
        match self.progress {
            Progress::Damaged => Err(damaged()),
            _ => Ok(0),
        }
    }
}

/// Decoder of gzip data with one or more members. Members that follow a wrong checksum are decoded too; the damage is
/// reported after the last byte.
pub(crate) struct Gunzip<R> {
    inflate: Inflate<R>,
    crc: Hasher,
    length: u32,
    /// Whether the header of the current member was read.
    is_open: bool,
    is_first: bool,
    /// Whether a member's checksum or length was wrong.
    is_damaged: bool,
}

impl<R: Read> Gunzip<R> {
    pub(crate) fn new(inner: R) -> Self {
        let inflate = Inflate::new(inner);
        Self {
            inflate,
            crc: Hasher::new(),
            length: 0,
            is_open: false,
            is_first: true,
            is_damaged: false,
        }
    }

    /// Reads a member's header. Returns false at the end of the data. Zeros after a member are padding.
    fn open(&mut self) -> io::Result<bool> {
        let input = &mut self.inflate.input;
        if !self.is_first {
            while input.fill()?.first() == Some(&0) {
                input.consume(1);
            }
            if input.fill()?.is_empty() {
                return Ok(false);
            }
        }
        let [a, b, method, flags, ..] = input.array::<10>()?;
        if (a, b, method) != (0x1F, 0x8B, 8) || flags & 0xE0 != 0 {
            return Err(damaged());
        }
        if flags & 4 != 0 {
            let length = u16::from_le_bytes(input.array()?);
            for _ in 0..length {
                input.byte()?;
            }
        }
        // The name and the comment are zero-terminated.
        for flag in [8, 16] {
            while flags & flag != 0 && input.byte()? != 0 {}
        }
        if flags & 2 != 0 {
            input.array::<2>()?;
        }
        self.inflate.reset();
        self.crc = Hasher::new();
        self.length = 0;
        self.is_first = false;
        Ok(true)
    }

    fn close(&mut self) -> io::Result<()> {
        let crc = u32::from_le_bytes(self.inflate.input.array()?);
        let length = u32::from_le_bytes(self.inflate.input.array()?);
        self.is_damaged |= (crc, length) != (self.crc.clone().finalize(), self.length);
        Ok(())
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        while !output.is_empty() {
            if !self.is_open {
                self.is_open = self.open()?;
                if !self.is_open {
                    return if self.is_damaged { Err(damaged()) } else { Ok(0) };
                }
            }
            let length = self.inflate.read(output)?;
            if length > 0 {
                self.crc.update(output.get(..length).unwrap_or_default());
                self.length = self.length.wrapping_add(length as u32);
                return Ok(length);
            }
            self.close()?;
            self.is_open = false;
        }
        Ok(0)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "damaged or cut off")
}

/// Buffered input with access to its unread bytes.
struct Input<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: Read> Input<R> {
    fn new(inner: R) -> Self {
        Self { inner, buffer: vec![0; INPUT_BYTES].into(), start: 0, end: 0 }
    }

    /// Returns the unread bytes; an empty slice means the end of the input.
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start >= self.end {
            self.start = 0;
            self.end = read_some(&mut self.inner, &mut self.buffer)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, length: usize) {
        self.start += length;
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = *self.fill()?.first().ok_or_else(damaged)?;
        self.consume(1);
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }
}

/// Reads once, and retries if a signal interrupted the read.
pub(crate) fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Reader that returns a few bytes per read.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(output.len()).min(self.0.len());
            let (now, rest) = self.0.split_at(length);
            output[..length].copy_from_slice(now);
            self.0 = rest;
            Ok(length)
        }
    }

    fn opened(packed: &[u8], step: usize) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let result = Gunzip::new(Dripping(packed, step)).read_to_end(&mut bytes);
        (bytes, result.is_ok())
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            b"0123456789abcdef"[(state >> 60) as usize]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn members_follow_each_other_wherever_reads_end() {
        let texts = [&b"one"[..], b"", &noise(5_000), b"\x1f\x8b\x08", b"end"];
        let packed: Vec<u8> = texts.iter().flat_map(|text| gzip(text)).chain([0; 9]).collect();
        for step in [1, 2, 3, 7, 64, 1_000, packed.len()] {
            assert_eq!(opened(&packed, step), (texts.concat(), true), "{step}");
        }
    }

    #[test]
    fn all_bytes_before_damage_are_given() {
        let text = noise(300_000);
        let packed = gzip(&text);
        let (cut, good) = opened(&packed[..packed.len() - 20], 4_096);
        assert!(!good && text.starts_with(&cut) && cut.len() > text.len() - 200, "{}", cut.len());
        let (followed, good) = opened(&[&packed[..], b"junk after"].concat(), 4_096);
        assert!(!good && followed == text);
        let mut broken = packed.clone();
        let at = broken.len() - 5_000;
        broken[at..].fill(0xFF);
        let (before, good) = opened(&broken, usize::MAX);
        let sound = text.len() - 20_000;
        assert!(!good && before[..sound] == text[..sound]);
        assert_eq!(opened(b"\x1f\x8b\x08", 1), (Vec::new(), false));
    }

    #[test]
    fn a_wrong_checksum_or_length_loses_nothing() {
        let text = noise(5_000);
        for at in 1..=8 {
            let mut packed = gzip(&text);
            let wrong = packed.len() - at;
            packed[wrong] ^= 1;
            for step in [1, 100, usize::MAX] {
                assert_eq!(opened(&packed, step), (text.clone(), false), "{at}");
                let followed = [&packed[..], &[0; 5], &gzip(b"next")].concat();
                assert_eq!(opened(&followed, step), ([&text[..], b"next"].concat(), false));
            }
        }
    }
}
