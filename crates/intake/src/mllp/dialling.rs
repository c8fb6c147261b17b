use std::sync::Arc;
use std::time::Duration;

use record::SourceId;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::conversation::Conversation;
use super::limits::MllpLimits;
use super::port::Port;
use super::refusals::Refusal;
use super::tls::MllpTls;
use crate::error::IntakeError;
use crate::intake::Intake;

/// Where a sender listens: `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialAddress {
    host: String,
    port: u16,
}

impl DialAddress {
    /// Reads `pas.kingsbrook.example:2575`, `10.20.1.7:2575` or `[2001:db8::7]:2575`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, IntakeError> {
        let unreadable = || IntakeError::Setting(format!("{text} is no host and port, such as pas.example:2575"));
        let (host, port) = text.rsplit_once(':').ok_or_else(unreadable)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(unreadable)?;
        ServerName::try_from(host).map_err(|_| unreadable())?;
        Ok(Self { host: host.to_owned(), port })
    }
}

/// Connects to a source that only listens, again and again, and takes what it sends.
pub struct MllpDialler {
    to: DialAddress,
    source: SourceId,
    limits: MllpLimits,
    tls: Option<MllpTls>,
}

/// Why a sender could not be reached, as logged.
type Reason = &'static str;

impl MllpDialler {
    /// One connection to this sender at a time.
    #[must_use]
    pub fn new(to: DialAddress, source: SourceId, limits: MllpLimits) -> Self {
        Self { to, source, limits, tls: None }
    }

    /// Speaks TLS alone, and shows our certificate. The sender's must name the host
    /// that is dialled.
    #[must_use]
    pub fn over_tls(mut self, tls: Option<MllpTls>) -> Self {
        self.tls = tls;
        self
    }

    /// Stays connected until told to stop. A sender that cannot be reached, or hangs
    /// up, is dialled again after a while that grows as long as nothing comes.
    pub async fn serve(self, intake: Intake, stop: CancellationToken) {
        let Self { to, source, limits, tls } = self;
        let port = Arc::new(Port::new(source, limits, intake));
        let mut pause = limits.redial_min;
        let mut told = None;
        while !stop.is_cancelled() {
            let answered = match dial(&port, &to, tls.as_ref(), &stop).await {
                Ok(answered) => {
                    told = None;
                    answered
                }
                // The same trouble is told of once, not with every attempt.
                Err(reason) if told.replace(reason) != Some(reason) => {
                    tracing::warn!(source = %port.source, reason, "a sender could not be reached");
                    0
                }
                Err(_) => 0,
            };
            pause = if answered > 0 { limits.redial_min } else { pause };
            let _ = timeout(pause, stop.cancelled()).await;
            pause = longer(pause, &limits);
        }
    }
}

fn longer(pause: Duration, limits: &MllpLimits) -> Duration {
    (2 * pause).min(limits.redial_max)
}

/// Connects and converses; gives how many messages were answered.
async fn dial(
    port: &Arc<Port>,
    to: &DialAddress,
    tls: Option<&MllpTls>,
    stop: &CancellationToken,
) -> Result<u64, Reason> {
    let reaching = async {
        let connecting = TcpStream::connect((to.host.as_str(), to.port));
        let stream = timeout(port.limits.handshake_max, connecting).await.map_err(|_| "timed out")?;
        stream.map_err(|_| "not connected")
    };
    let stream = tokio::select! {
        stream = reaching => stream?,
        () = stop.cancelled() => return Ok(0),
    };
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return Ok(converse(port, stream, stop).await) };
    let name = ServerName::try_from(to.host.clone()).map_err(|_| Refusal::NoTls.code())?;
    let handshake = tokio::select! {
        handshake = timeout(port.limits.handshake_max, tls.connect(name, stream)) => handshake,
        () = stop.cancelled() => return Ok(0),
    };
    let stream = handshake.map_err(|_| "timed out")?.map_err(Refusal::code)?;
    Ok(converse(port, stream, stop).await)
}

async fn converse(port: &Arc<Port>, stream: impl AsyncRead + AsyncWrite + Unpin, stop: &CancellationToken) -> u64 {
    tracing::info!(source = %port.source, "connected to a sender");
    Conversation::new(Arc::clone(port), stream).hold(stop).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_dial_is_a_host_and_a_port() {
        for (text, host) in [
            ("pas.kingsbrook.example:2575", "pas.kingsbrook.example"),
            ("10.20.1.7:2575", "10.20.1.7"),
            ("[2001:db8::7]:2575", "2001:db8::7"),
        ] {
            assert_eq!(DialAddress::parse(text).unwrap(), DialAddress { host: host.to_owned(), port: 2575 });
        }
        for bad in ["", "pas.example", "pas.example:", "pas.example:0", "pas.example:70000", ":2575", "a b:2575"] {
            let told = DialAddress::parse(bad).unwrap_err().to_string();
            assert_eq!(told, format!("{bad} is no host and port, such as pas.example:2575"));
        }
    }

    #[test]
    fn a_sender_that_stays_away_is_dialled_ever_less_often() {
        let limits = MllpLimits::default();
        let mut pause = limits.redial_min;
        let pauses: Vec<u64> = std::iter::from_fn(|| {
            let now = pause.as_secs();
            pause = longer(pause, &limits);
            Some(now)
        })
        .take(9)
        .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
