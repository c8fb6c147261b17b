//! Sends what the record systems made over real connections: MLLP, HTTP, files.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// How many messages may be under way on one connection before the next waits for
/// an acknowledgement.
pub const UNDER_WAY_MAX: usize = 16;
/// The longest acknowledgement that is read, in bytes.
pub const ACKNOWLEDGEMENT_LENGTH_MAX: usize = 64 * 1_024;

const START: u8 = 0x0b;
const END: u8 = 0x1c;
const RETURN: u8 = 0x0d;

/// How a delivery went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that the receiver accepted.
    pub accepted: usize,
    /// Those that it refused: which, counted from zero, and its code and words.
    pub refused: Vec<(usize, String)>,
}

/// Why a delivery could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DeliverProblem {
    /// The connection failed or was closed before everything was acknowledged.
    #[error("the connection failed: {0}")]
    Connection(#[from] io::Error),
    /// What came back is no MLLP frame with an `MSA` segment.
    #[error("the acknowledgement cannot be read")]
    Acknowledgement,
    /// The HTTP request failed before there was an answer.
    #[error("the request failed: {0}")]
    Request(String),
}

/// Sends HL7 messages over one MLLP connection, in order, a few under way at a time,
/// and reads the acknowledgement of each (HL7 v2, Transport Specification: MLLP).
///
/// # Errors
/// When the connection fails or an acknowledgement cannot be read. A refusal
/// (`AE`, `AR`) is no error: it stands in the tally.
pub async fn deliver_mllp(to: SocketAddr, messages: &[Vec<u8>]) -> Result<Tally, DeliverProblem> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut tally = Tally::default();
    let mut answered = 0;
    for window in messages.chunks(UNDER_WAY_MAX) {
        let mut frames = Vec::with_capacity(window.iter().map(|message| message.len() + 3).sum());
        for message in window {
            frames.push(START);
            frames.extend_from_slice(message);
            frames.extend_from_slice(&[END, RETURN]);
        }
        write.write_all(&frames).await?;
        for _ in window {
            let acknowledgement = read_frame(&mut read).await?;
            match acknowledgement_code(&acknowledgement)? {
                (code, _) if code == "AA" || code == "CA" => tally.accepted += 1,
                (code, words) => tally.refused.push((answered, format!("{code} {words}").trim().to_owned())),
            }
            answered += 1;
        }
    }
    write.shutdown().await?;
    Ok(tally)
}

async fn read_frame(read: &mut BufReader<OwnedReadHalf>) -> Result<Vec<u8>, DeliverProblem> {
    while read.read_u8().await? != START {}
    let mut frame = Vec::with_capacity(256);
    loop {
        match read.read_u8().await? {
            END => break,
            _ if frame.len() >= ACKNOWLEDGEMENT_LENGTH_MAX => return Err(DeliverProblem::Acknowledgement),
            byte => frame.push(byte),
        }
    }
    match read.read_u8().await? {
        RETURN => Ok(frame),
        _ => Err(DeliverProblem::Acknowledgement),
    }
}

/// `MSA-1` and, where there is one, `MSA-3`.
fn acknowledgement_code(frame: &[u8]) -> Result<(String, String), DeliverProblem> {
    let text = String::from_utf8_lossy(frame);
    let msa =
        text.split(['\r', '\n']).find(|segment| segment.starts_with("MSA")).ok_or(DeliverProblem::Acknowledgement)?;
    let field = |number: usize| msa.split('|').nth(number).unwrap_or_default().to_owned();
    Ok((field(1), field(3)))
}

/// Posts one FHIR bundle. Gives the HTTP status; an answer of any status is no error.
///
/// # Errors
/// When there was no answer at all.
pub async fn post_fhir(url: &str, token: Option<&str>, body: Vec<u8>) -> Result<u16, DeliverProblem> {
    let (url, token) = (url.to_owned(), token.map(str::to_owned));
    let post = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.post(&url).header("Content-Type", "application/fhir+json");
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.send(&body[..]).map(|answer| answer.status().as_u16())
    });
    let answer = post.await.map_err(|problem| DeliverProblem::Request(problem.to_string()))?;
    answer.map_err(|problem| DeliverProblem::Request(problem.to_string()))
}

/// Drops one file into a folder: written under another name first, so that nobody
/// reads half of it.
///
/// # Errors
/// When the folder cannot be written to.
pub async fn drop_csv(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), DeliverProblem> {
    let part = folder.join(format!(".{name}.part"));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, folder.join(name)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_acknowledgement_says_code_and_words() {
        let frame = b"MSH|^~\\&|A|B|C|D|20261122||ACK|1|P|2.4\rMSA|AR|TH1-2|PID-3 is missing\r";
        assert_eq!(acknowledgement_code(frame).unwrap(), ("AR".to_owned(), "PID-3 is missing".to_owned()));
        assert!(matches!(acknowledgement_code(b"nonsense"), Err(DeliverProblem::Acknowledgement)));
    }
}
