//! MLLP over TLS: who is listened to, and who is not.

use std::sync::Arc;

use formats::mllp::{Frame, MllpCodec};
use futures_util::{SinkExt, StreamExt};
use intake::{MllpLimits, MllpTls, TlsFiles};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::codec::Framed;

use crate::certificates::{Authority, Certificate};
use crate::hospital::{admitted, result};
use crate::house::House;
use crate::over_mllp::{Port, Sender, code};

const OURS: &str = "care.example";
const THEIRS: &str = "pas.kingsbrook.example";

/// TLS with this certificate as ours, for senders whose certificates this authority signs.
pub(crate) fn tls(own: &Certificate, authority: &Authority, allowed: &[&str]) -> MllpTls {
    let authorities = authority.list();
    let files = TlsFiles { certificate: &own.certificate, key: &own.key, authorities: &authorities };
    let allowed: Vec<String> = allowed.iter().map(|one| (*one).to_owned()).collect();
    MllpTls::read(&files, &allowed).unwrap()
}

/// As `openssl x509 -fingerprint -sha256` prints it.
fn fingerprint(certificate: &Certificate) -> String {
    Sha256::digest(&certificate.der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A sender that trusts this authority and shows this certificate, where it has one.
async fn connect(
    port: &Port,
    trusts: &Authority,
    shows: Option<&Certificate>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusts.list()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots);
    let config = match shows {
        None => config.with_no_client_auth(),
        Some(shown) => {
            let key = PrivateKeyDer::from_pem_file(&shown.key).unwrap();
            config.with_client_auth_cert(vec![shown.der.clone()], key).unwrap()
        }
    };
    let stream = TcpStream::connect(port.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(OURS).unwrap(), stream).await
}

/// The answer to one message, or nothing where the connection came to nothing.
async fn exchange(port: &Port, trusts: &Authority, shows: Option<&Certificate>, message: &[u8]) -> Option<String> {
    let mut framed = Framed::new(connect(port, trusts, shows).await.ok()?, MllpCodec::default());
    framed.send(message).await.ok()?;
    match framed.next().await?.ok()?.frame {
        Frame::Message(bytes) => Some(String::from_utf8(bytes).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_with_a_certificate_of_the_source_is_listened_to() {
    let (house, authority) = (House::open().await, Authority::new());
    let (ours, theirs) = (authority.sign(OURS), authority.sign(THEIRS));
    for (number, allowed) in [THEIRS.to_owned(), fingerprint(&theirs)].iter().enumerate() {
        let port = Port::open_over_tls(&house, tls(&ours, &authority, &[allowed])).await;
        let stream = connect(&port, &authority, Some(&theirs)).await.unwrap();
        let mut framed = Framed::new(stream, MllpCodec::default());
        for message in [admitted(&format!("T{number}")), result(&format!("U{number}"))] {
            framed.send(message.as_slice()).await.unwrap();
            let Frame::Message(bytes) = framed.next().await.unwrap().unwrap().frame else { panic!("an answer") };
            assert_eq!(code(&String::from_utf8(bytes).unwrap()), "AA", "{allowed}");
        }
        drop(framed);
        port.close().await;
    }
    assert_eq!(house.messages().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_listened_to() {
    let (house, authority, other) = (House::open().await, Authority::new(), Authority::new());
    let (ours, theirs) = (authority.sign(OURS), authority.sign(THEIRS));
    let limits = MllpLimits { connections_max: 2, ..MllpLimits::default() };
    let port = Port::open_over_tls_within(&house, tls(&ours, &authority, &[THEIRS]), limits).await;
    let message = admitted("T1");

    let neighbour = authority.sign("pas.southmere.example");
    assert_eq!(exchange(&port, &authority, Some(&neighbour), &message).await, None, "another organisation");
    let forged = other.sign(THEIRS);
    assert_eq!(exchange(&port, &authority, Some(&forged), &message).await, None, "another authority");
    let expired = authority.sign_until(THEIRS, 2001);
    assert_eq!(exchange(&port, &authority, Some(&expired), &message).await, None, "expired");
    assert_eq!(exchange(&port, &authority, None, &message).await, None, "no certificate");
    let mut plain = Sender::connect(&port).await;
    plain.write(&crate::over_mllp::framed(&message)).await;
    assert_eq!(plain.acknowledgement().await, None, "no TLS");
    assert!(connect(&port, &other, Some(&theirs)).await.is_err(), "a sender that does not trust us goes away");

    assert_eq!(house.messages().await, 0);
    // None of them keeps its place: it is free as soon as the port has noticed.
    let accepted = loop {
        if let Some(accepted) = exchange(&port, &authority, Some(&theirs), &message).await {
            break accepted;
        }
    };
    assert_eq!(code(&accepted), "AA");
    port.close().await;
}

#[test]
fn files_that_are_of_no_use_are_told_before_anybody_connects() {
    let authority = Authority::new();
    let (ours, another, list) = (authority.sign(OURS), authority.sign(THEIRS), authority.list());
    let told = |certificate, key, authorities, allowed: &[String]| {
        MllpTls::read(&TlsFiles { certificate, key, authorities }, allowed).err().map(|error| error.to_string())
    };
    let right = [THEIRS.to_owned()];
    assert_eq!(told(&ours.certificate, &ours.key, &list, &right), None);
    let mixed_up = told(&ours.certificate, &another.key, &list, &[]).unwrap();
    assert!(mixed_up.contains("care.example") && mixed_up.contains("keys may not be consistent"), "{mixed_up}");
    let swapped = told(&ours.key, &ours.certificate, &list, &[]).unwrap();
    assert!(swapped.contains("it holds no certificate"), "{swapped}");
    let gone = list.with_extension("gone");
    assert!(told(&ours.certificate, &ours.key, &gone, &[]).is_some());
    let wrong = ["King's".to_owned()];
    let misspelt = told(&ours.certificate, &ours.key, &list, &wrong).unwrap();
    assert_eq!(misspelt, "King's is neither a host name nor a SHA-256 fingerprint");
}
