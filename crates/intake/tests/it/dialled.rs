//! A sender that only listens: we connect to it, and it sends.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use formats::mllp::{Frame, MllpCodec};
use futures_util::{SinkExt, StreamExt};
use intake::{DialAddress, MllpDialler, MllpLimits, MllpTls};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

use crate::certificates::{Authority, Certificate};
use crate::hospital::{admitted, result};
use crate::house::{House, hospital};
use crate::mllp_tls::tls;
use crate::over_mllp::code;

/// A dialler that does not rest.
struct Dialling {
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Dialling {
    fn start(house: &House, listener: &TcpListener, tls: Option<MllpTls>) -> Self {
        let to = DialAddress::parse(&format!("localhost:{}", listener.local_addr().unwrap().port())).unwrap();
        let limits = MllpLimits { redial_min: Duration::ZERO, ..MllpLimits::default() };
        let stop = CancellationToken::new();
        let dialler = MllpDialler::new(to, hospital(), limits).over_tls(tls);
        let serving = tokio::spawn(dialler.serve(house.intake.clone(), stop.clone()));
        Self { stop, serving }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

async fn send(stream: impl AsyncRead + AsyncWrite + Unpin, messages: &[Vec<u8>]) {
    let mut framed = Framed::new(stream, MllpCodec::default());
    for message in messages {
        framed.send(message.as_slice()).await.unwrap();
        let Frame::Message(answer) = framed.next().await.unwrap().unwrap().frame else { panic!("an answer") };
        assert_eq!(code(&String::from_utf8(answer).unwrap()), "AA");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_only_listens_is_dialled_and_dialled_again_when_it_hangs_up() {
    let (house, listener) = (House::open().await, listener().await);
    let dialling = Dialling::start(&house, &listener, None);
    for message in [admitted("D1"), result("D2")] {
        let (stream, _) = listener.accept().await.unwrap();
        send(stream, &[message]).await;
    }
    // One that hangs up at once is no end either.
    drop(listener.accept().await.unwrap());
    let (stream, _) = listener.accept().await.unwrap();
    send(stream, &[admitted("D3"), result("D4")]).await;
    dialling.stop().await;
    assert_eq!(house.messages().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_cannot_be_reached_ends_nothing_and_stopping_waits_for_nobody() {
    let house = House::open().await;
    let gone = listener().await;
    let address = gone.local_addr().unwrap();
    let dialling = Dialling::start(&house, &gone, None);
    drop(gone);
    // It may have been reached before it went away; now it comes back.
    let back = loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            break listener;
        }
        tokio::task::yield_now().await;
    };
    let (stream, _) = back.accept().await.unwrap();
    send(stream, &[admitted("D1")]).await;
    drop(back);
    dialling.stop().await;
    assert_eq!(house.messages().await, 1);
}

/// A sender's end that wants to see our certificate.
fn acceptor(authority: &Authority, own: &Certificate) -> TlsAcceptor {
    let mut roots = RootCertStore::empty();
    let list = rustls::pki_types::CertificateDer::from_pem_file(authority.list()).unwrap();
    roots.add(list).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![own.der.clone()], PrivateKeyDer::from_pem_file(&own.key).unwrap())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_sender_must_be_the_host_that_was_dialled_and_sees_our_certificate() {
    let (house, listener, authority) = (House::open().await, listener().await, Authority::new());
    let ours = authority.sign("care.example");
    let dialling = Dialling::start(&house, &listener, Some(tls(&ours, &authority, &[])));
    for (host, is_right) in [("elsewhere.example", false), ("localhost", true)] {
        let acceptor = acceptor(&authority, &authority.sign(host));
        let (stream, _) = listener.accept().await.unwrap();
        match acceptor.accept(stream).await {
            Ok(stream) if is_right => {
                assert!(stream.get_ref().1.peer_certificates().unwrap()[0] == ours.der);
                send(stream, &[admitted("D1")]).await;
            }
            Ok(stream) => {
                // With TLS 1.3 the sender learns of the refusal when it reads.
                let mut framed = Framed::new(stream, MllpCodec::default());
                assert!(!matches!(framed.next().await, Some(Ok(_))));
            }
            Err(error) => assert!(!is_right, "{error}"),
        }
    }
    dialling.stop().await;
    assert_eq!(house.messages().await, 1);
}
