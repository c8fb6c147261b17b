//! A record system's end of an MLLP connection, with a stopwatch.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::times::now;

const START: u8 = 0x0b;
const END: u8 = 0x1c;
const RETURN: u8 = 0x0d;

/// Sends messages over one connection, at most so many under way, and gives the time
/// of each from being sent to its acknowledgement.
///
/// # Errors
/// When the connection fails or a message is not accepted.
pub(crate) async fn send(to: SocketAddr, messages: &[Vec<u8>], under_way: usize) -> anyhow::Result<Vec<Duration>> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut times = Vec::with_capacity(messages.len());
    let mut sent = VecDeque::new();
    let mut waiting = messages.iter();
    while times.len() < messages.len() {
        let room = under_way.saturating_sub(sent.len());
        let mut frames = Vec::new();
        for message in waiting.by_ref().take(room) {
            frames.push(START);
            frames.extend_from_slice(message);
            frames.extend_from_slice(&[END, RETURN]);
            sent.push_back(now());
        }
        if !frames.is_empty() {
            write.write_all(&frames).await?;
        }
        let mut acknowledgement = Vec::new();
        read.read_until(END, &mut acknowledgement).await?;
        let at = sent.pop_front().ok_or_else(|| anyhow::anyhow!("an acknowledgement that was not asked for"))?;
        times.push(at.elapsed());
        let text = String::from_utf8_lossy(&acknowledgement);
        anyhow::ensure!(text.contains("\rMSA|AA|") || text.contains("\rMSA|CA|"), "not accepted: {text}");
    }
    write.shutdown().await?;
    Ok(times)
}
