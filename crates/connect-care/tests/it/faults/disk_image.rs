//! What a disk may hold after the power went: everything that was synced, and of what was not, whatever had found
//! its way there. It is made from the system calls of a program, as `strace` wrote them.
//!
//! The model: a sync that returned 0 makes everything durable that was written to its file before it began. Of later
//! writes each sector of 512 bytes holds the state after any number of them, so that pages and frames are torn. A new
//! file has its name once it was synced, as on ext4; a deleted one is there or not. The index of the write-ahead log
//! (`-shm`) is memory and is gone.

use std::collections::BTreeMap;
use std::path::Path;

use super::operations::Dice;
use crate::syscalls::Call;

/// What a disk writes as a whole, in bytes.
const SECTOR: usize = 512;

/// Which of what was not synced is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsynced {
    /// Each sector as chance has it.
    ByChance,
    /// Nothing, and of what was synced nothing either: a disk that lies.
    NothingAtAll,
}

/// A file while it is written.
#[derive(Default)]
struct Image {
    durable: Vec<u8>,
    /// Whether its name is durable.
    is_there: bool,
    is_deleted: bool,
    /// Written and not synced, with the line at which the call ended.
    pending: Vec<(usize, Change)>,
}

#[derive(Clone)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// The files of a folder as the power left them at this line of the trace; `before` is what they were when it began.
pub(super) fn after_power_loss(
    calls: &[Call],
    line: usize,
    before: &BTreeMap<String, Vec<u8>>,
    folder: &Path,
    unsynced: Unsynced,
    dice: &mut Dice,
) -> BTreeMap<String, Vec<u8>> {
    let whole = |bytes: &Vec<u8>| Image { durable: bytes.clone(), is_there: true, ..Image::default() };
    let mut images: BTreeMap<String, Image> = before.iter().map(|(name, bytes)| (name.clone(), whole(bytes))).collect();
    if unsynced == Unsynced::ByChance {
        for call in calls.iter().filter(|call| call.began < line) {
            note(call, line, folder, &mut images);
        }
    }
    images.into_iter().filter_map(|(name, image)| Some((name, image.left(dice)?))).collect()
}

/// What a call does to the file of the folder that it is on.
fn note(call: &Call, line: usize, folder: &Path, images: &mut BTreeMap<String, Image>) {
    let (is_over, result) = (call.ended < line, call.result.unwrap_or(0));
    if call.name == "unlink" {
        let path = call.arguments.split('"').nth(1).unwrap_or_default();
        let image = Path::new(path).strip_prefix(folder).ok().and_then(|name| images.get_mut(name.to_str()?));
        if let Some(image) = image.filter(|_| is_over && result == 0) {
            image.is_deleted = true;
        }
        return;
    }
    let Ok(name) = Path::new(&call.on).strip_prefix(folder) else { return };
    let name = name.to_str().unwrap();
    if name.ends_with("-shm") {
        return;
    }
    match call.name.as_str() {
        "pwrite64" => {
            let (bytes, at) = written(&call.arguments);
            // A call that was under way may have done its work or not.
            assert!(!is_over || result == i64::try_from(bytes.len()).unwrap(), "a write is not whole: {result}");
            let image = images.entry(name.to_owned()).or_default();
            image.is_deleted = false;
            image.pending.push((call.ended, Change::Bytes { at, bytes }));
        }
        "ftruncate" => {
            let length = last_number(&call.arguments);
            images.entry(name.to_owned()).or_default().pending.push((call.ended, Change::Length(length)));
        }
        "fdatasync" | "fsync" if is_over && result == 0 => {
            if let Some(image) = images.get_mut(name) {
                image.sync(call.began);
            }
        }
        _ => {}
    }
}

impl Image {
    fn sync(&mut self, began: usize) {
        self.is_there = true;
        let (synced, later) = std::mem::take(&mut self.pending).into_iter().partition(|(ended, _)| *ended < began);
        self.pending = later;
        let synced: Vec<(usize, Change)> = synced;
        for (_, change) in synced {
            apply(&mut self.durable, &change);
        }
    }

    /// `None` where there is no such file.
    fn left(self, dice: &mut Dice) -> Option<Vec<u8>> {
        let is_named = self.is_there || dice.below(2) == 0;
        if !is_named || (self.is_deleted && dice.below(2) == 0) {
            return None;
        }
        // The state of the file after each number of changes, of which each sector has one.
        let mut bytes = self.durable.clone();
        let mut state = self.durable;
        let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
        let changes = self.pending.len();
        let mut touched: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, (_, change)) in self.pending.iter().enumerate() {
            if let Change::Bytes { at, bytes } = change {
                for sector in at / SECTOR..(at + bytes.len()).div_ceil(SECTOR) {
                    touched.entry(sector).or_default().push(number + 1);
                }
            }
        }
        for (sector, numbers) in touched {
            let pick = dice.below(numbers.len() + 1);
            chosen.insert(sector, if pick == 0 { 0 } else { numbers[pick - 1] });
        }
        for number in 1..=changes {
            let change = &self.pending[number - 1].1;
            apply(&mut state, change);
            if let Change::Length(length) = change {
                if dice.below(2) == 0 {
                    bytes.resize(*length, 0);
                }
                continue;
            }
            for (sector, _) in chosen.iter().filter(|(_, chosen)| **chosen == number) {
                let (start, end) = (sector * SECTOR, ((sector + 1) * SECTOR).min(state.len()));
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[start..end].copy_from_slice(&state[start..end]);
            }
        }
        Some(bytes)
    }
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Bytes { at, bytes } => {
            if file.len() < at + bytes.len() {
                file.resize(at + bytes.len(), 0);
            }
            file[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        Change::Length(length) => file.resize(*length, 0),
    }
}

/// The bytes of `pwrite64(5</d/x>, "…", 4096, 8192`, and where they go.
fn written(arguments: &str) -> (Vec<u8>, usize) {
    let (_, rest) = arguments.split_once(", \"").unwrap();
    let (text, _) = rest.rsplit_once("\", ").unwrap();
    (unescaped(text), last_number(arguments))
}

fn last_number(arguments: &str) -> usize {
    let last = arguments.rsplit(", ").next().unwrap();
    last.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// Text as C writes it: octal numbers of up to three digits, and letters for some bytes.
fn unescaped(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = rest.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        if digits > 0 {
            let (number, behind) = rest.split_at(digits);
            bytes.push(number.iter().fold(0u16, |value, digit| value * 8 + u16::from(digit - b'0')) as u8);
            rest = behind;
            continue;
        }
        let (letter, behind) = rest.split_first().unwrap();
        bytes.push(match letter {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            other => *other,
        });
        rest = behind;
    }
    bytes
}

mod tests {
    use super::*;
    use crate::syscalls::calls;

    const TRACE: &str = r#"7 pwrite64(5</d/a>, "\0old\n\0377", 7, 0) = 7
7 fdatasync(5</d/a>) = 0
7 pwrite64(5</d/a>, "new", 3, 0) = 3
7 pwrite64(6</d/b>, "name", 4, 512) = 4
7 fdatasync(6</d/b>) = -1 EIO (Input/output error)
"#;

    fn left(lines: usize, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let (calls, before) = (calls(TRACE), BTreeMap::from([("a".to_owned(), b"before".to_vec())]));
        after_power_loss(&calls, lines, &before, Path::new("/d"), Unsynced::ByChance, &mut Dice::new(seed))
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_not_may_be() {
        let seen = |lines: usize, name: &str| -> Vec<Option<Vec<u8>>> {
            let mut seen: Vec<_> = (0..40).map(|seed| left(lines, seed).remove(name)).collect();
            seen.sort();
            seen.dedup();
            seen
        };
        assert_eq!(seen(0, "a"), [Some(b"before".to_vec())]);
        assert_eq!(seen(1, "a"), [Some(b"\0old\n\x1f7".to_vec()), Some(b"before".to_vec())]);
        assert_eq!(seen(2, "a"), [Some(b"\0old\n\x1f7".to_vec())]);
        assert_eq!(seen(3, "a"), [Some(b"\0old\n\x1f7".to_vec()), Some(b"newd\n\x1f7".to_vec())]);
        let name = [vec![0; 512], b"name".to_vec()].concat();
        assert_eq!(seen(5, "b"), [None, Some(Vec::new()), Some(name)], "a sync that failed keeps nothing");
    }
}
