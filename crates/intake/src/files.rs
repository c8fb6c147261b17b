//! Files that are imported: whole or line by line, packed with gzip or not.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use formats::MESSAGE_BYTES_MAX;
use formats::mllp::OVERSIZE_HEAD_BYTES;
use tokio::sync::mpsc;

use crate::error::IntakeError;
use crate::lines::{Line, Lines};

/// The longest file that is imported whole, in bytes.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// How much may come of a packed file that is imported whole, in bytes. Lines of
/// NDJSON are unpacked one after the other and have no such limit.
pub const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How much of a file is read at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// How many pieces wait to be taken in.
const PIECES_MAX: usize = 4;

/// Whether a file holds a message a line.
pub(crate) fn is_ndjson(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(".ndjson")
}

/// A whole file, unpacked.
pub(crate) async fn read_whole(file: &Path) -> Result<Vec<u8>, IntakeError> {
    let cannot = |cause| IntakeError::CannotRead { path: file.to_owned(), cause };
    if tokio::fs::metadata(file).await.map_err(cannot)?.len() > FILE_BYTES_MAX {
        return Err(cannot(io::Error::other(format!("it is longer than {FILE_BYTES_MAX} bytes: split it"))));
    }
    let path = file.to_owned();
    let reading = tokio::task::spawn_blocking(move || whole(File::open(path)?, UNPACKED_BYTES_MAX));
    reading.await.map_err(|_| IntakeError::Closing)?.map_err(cannot)
}

fn whole(file: impl Read + Send + 'static, unpacked_bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match unpacking(file)? {
        Unpacking::Plain(mut plain) => plain.read_to_end(&mut bytes).map(drop)?,
        Unpacking::Packed(packed) => {
            packed.take(unpacked_bytes_max + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > unpacked_bytes_max {
                return Err(io::Error::other(format!("more than {unpacked_bytes_max} bytes come of it: split it")));
            }
        }
    }
    Ok(bytes)
}

/// Some lines, and how many bytes of the file were read for them.
pub(crate) struct Piece {
    pub(crate) lines: Vec<Line>,
    pub(crate) bytes_read: u64,
}

/// The lines of a file, as they are read.
pub(crate) fn lines(file: &Path) -> Result<mpsc::Receiver<io::Result<Piece>>, IntakeError> {
    let file = File::open(file).map_err(|cause| IntakeError::CannotRead { path: file.to_owned(), cause })?;
    let (send, pieces) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        if let Err(cause) = read_lines(file, &send) {
            // Whoever imports may have stopped already.
            let _ = send.blocking_send(Err(cause));
        }
    });
    Ok(pieces)
}

fn read_lines(file: File, send: &mpsc::Sender<io::Result<Piece>>) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut lines = Lines::new(MESSAGE_BYTES_MAX, OVERSIZE_HEAD_BYTES);
    let (mut reader, is_packed) = match unpacking(file)? {
        Unpacking::Plain(plain) => (plain, false),
        Unpacking::Packed(packed) => (packed, true),
    };
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        let found = if count == 0 { lines.end().into_iter().collect() } else { lines.take(read) };
        // How far a packed file is, is known at its end.
        let bytes_read = match (is_packed, count) {
            (true, 0) => length,
            (true, _) => 0,
            (false, count) => count as u64,
        };
        if send.blocking_send(Ok(Piece { lines: found, bytes_read })).is_err() || count == 0 {
            return Ok(());
        }
    }
}

enum Unpacking {
    Plain(Box<dyn Read + Send>),
    Packed(Box<dyn Read + Send>),
}

/// Gzip announces itself (RFC 1952 §2.3.1); no message of ours begins so.
fn unpacking(file: impl Read + Send + 'static) -> io::Result<Unpacking> {
    let mut file = BufReader::new(file);
    let mut magic = [0; 2];
    let mut count = 0;
    while count < magic.len() {
        match file.read(magic.get_mut(count..).unwrap_or_default())? {
            0 => break,
            more => count += more,
        }
    }
    let begun = io::Cursor::new(magic.get(..count).unwrap_or_default().to_vec()).chain(file);
    let is_packed = magic == [0x1f, 0x8b] && count == magic.len();
    Ok(if is_packed {
        Unpacking::Packed(Box::new(MultiGzDecoder::new(begun)))
    } else {
        Unpacking::Plain(Box::new(begun))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_file_is_unpacked_up_to_the_limit_and_a_bomb_is_refused() {
        let read = |bytes: Vec<u8>| whole(io::Cursor::new(bytes), 1000);
        assert_eq!(read(packed(&[b'a'; 1000])).unwrap(), [b'a'; 1000]);
        assert!(read(packed(&[b'a'; 1001])).unwrap_err().to_string().contains("more than 1000 bytes come of it"));
        assert!(read(packed(&vec![0; 10_000_000])).is_err());
        assert_eq!(read(vec![b'a'; 2000]).unwrap().len(), 2000, "what is not packed has another limit");
        let twice = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(read(twice).unwrap(), b"one two");
    }

    #[test]
    fn a_packed_file_that_is_cut_short_is_an_error_and_never_half_a_file() {
        let bytes = packed(b"{\"resourceType\":\"Patient\"}");
        for length in 3..bytes.len() {
            assert!(whole(io::Cursor::new(bytes[..length].to_vec()), 1000).is_err(), "{length}");
        }
    }

    #[test]
    fn a_file_of_lines_is_known_by_its_name() {
        assert!(is_ndjson(Path::new("a/Patient.NDJSON")) && is_ndjson(Path::new("p.ndjson.gz")));
        assert!(!is_ndjson(Path::new("p.json.gz")));
    }
}
