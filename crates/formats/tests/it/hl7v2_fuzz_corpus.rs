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
    format!("{} {}", unit.kind, what.trim_end())
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
    insta::assert_snapshot!(lines.join("\n"), @r"
    admission.hl7: ADT^A01 applied: allergy attendance person-involved problem
    adt-a01.hl7: ADT^A01 applied: allergy attendance person-involved problem procedure
    adt-a03-nulls.hl7: ADT^A03 applied: attendance
    adt-a24.hl7: ADT^A24 asks: 1
    adt-a31-v22.hl7: ADT^A31 applied:
    adt-a40.hl7: ADT^A40 asks: 2
    adt-a45.hl7: ADT^A45 asks: 1
    adt-a60.hl7: ADT^A60 applied: allergy
    appointment.hl7: SIU^S12 applied: appointment
    batch.hl7: ADT^A08 applied:
    batch.hl7: ADT^A08 applied:
    both-line-ends.hl7: ADT^A08 applied:
    cut-header.hl7: unreadable: MSH-9
    enhanced.hl7: ADT^A01 applied:
    faulty-nhs-number.hl7: ADT^A01 refused: PID-3
    kept-bar-p01.hl7: BAR^P01 kept
    latin-1.hl7: ADT^A28 applied:
    letter.hl7: MDM^T02 applied: letter
    line-feeds.hl7: ADT^A08 applied:
    mark-and-junk.hl7: ADT^A08 applied:
    mdm-t10.hl7: MDM^T10 applied: letter
    merge.hl7: ADT^A40 asks: 1
    odd-separators.hl7: ORU^R01 applied: result
    odd.hl7: ADT^A08 applied:
    oml-o21.hl7: OML^O21 applied: report
    order.hl7: OML^O21 applied: report
    orm-o01.hl7: ORM^O01 applied: medicine report
    oru-r01-escapes.hl7: ORU^R01 applied: result
    oru-r01-states.hl7: ORU^R01 applied: result
    oru-r01-values.hl7: ORU^R01 applied: letter report result
    oul-r22.hl7: OUL^R22 applied: result
    ras-o17.hl7: RAS^O17 applied: medicine
    rde-o11.hl7: RDE^O11 applied: medicine
    rds-o13.hl7: RDS^O13 applied: medicine
    ref-i12.hl7: REF^I12 applied: letter problem
    results.hl7: ORU^R01 applied: letter result
    siu-s12.hl7: SIU^S12 applied: appointment
    vxu-v04.hl7: VXU^V04 applied: immunisation
    ");
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
    insta::assert_snapshot!(lines.join("\n"), @r"
    begun-anew.bin: cut
    begun-anew.bin: message
    cut.bin: cut
    empty.bin: message
    empty.bin: message
    half: cut
    marks-as-content.bin: message
    marks-as-content.bin: message
    nested: cut
    nested: message
    nested: message
    one: message
    one.bin: message
    oversize.bin: oversize
    oversize.bin: message
    two: message
    two: message
    two-with-junk.bin: message
    two-with-junk.bin: message
    ");
}
