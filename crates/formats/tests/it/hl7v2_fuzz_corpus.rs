//! Our own made-up messages, from which the fuzz targets start: each is read, and
//! what it becomes is what its name says.

use std::path::{Path, PathBuf};

use formats::hl7v2::{Message, is_batch, read, read_batch};
use formats::mllp::{Frame, MllpCodec};
use formats::{Outcome, Unit};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::Decoder;

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap());
    paths.into_iter().map(read).collect()
}

fn became(unit: &Unit) -> String {
    let what = match &unit.outcome {
        Outcome::Apply(changes) => {
            let mut kinds: Vec<_> =
                changes.iter().flat_map(|change| &change.entries).map(|e| e.content.kind()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            format!("applied: {}", kinds.join(" "))
        }
        Outcome::Keep => "kept".to_owned(),
        Outcome::ApplyIfNew(_) | Outcome::Remove(_) => "of FHIR alone".to_owned(),
        Outcome::Rearrange(asked) => format!("asks: {}", asked.asks.len()),
        Outcome::Refuse(problem) => format!("refused: {}", problem.place),
    };
    format!("{} {what}", unit.kind)
}

#[test]
fn each_message_of_the_corpus_becomes_what_it_should() {
    let mut lines = Vec::new();
    for (name, bytes) in files("hl7v2") {
        for span in read_batch(&bytes).messages {
            let said = match read(&bytes[span]) {
                Ok(delivery) => became(&delivery.units[0]),
                Err(problem) => format!("unreadable: {}", problem.place),
            };
            lines.push(format!("{name}: {said}"));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @"");
}

#[test]
fn each_message_of_the_corpus_is_tiled_by_its_spans() {
    for (name, bytes) in files("hl7v2").into_iter().filter(|(_, bytes)| !is_batch(bytes)) {
        let Ok(message) = Message::parse(&bytes) else {
            assert_eq!(name, "cut-header.hl7");
            continue;
        };
        let end = message.spans().try_fold(0, |at, (_, span)| (span.start == at).then_some(span.end));
        assert_eq!(end, Some(bytes.len()), "{name}");
    }
}

#[test]
fn each_connection_of_the_corpus_gives_the_frames_that_it_should() {
    let mut lines = Vec::new();
    for (name, bytes) in files("mllp") {
        let mut codec = MllpCodec::new(256);
        let mut buffer = BytesMut::from(bytes.as_slice());
        while let Some(received) = codec.decode_eof(&mut buffer).unwrap() {
            let frame = match received.frame {
                Frame::Message(_) => "message",
                Frame::Cut(_) => "cut",
                Frame::Oversize { .. } => "oversize",
            };
            lines.push(format!("{name}: {frame}"));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @"");
}
