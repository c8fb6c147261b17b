use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use simulator::deliver::{UNDER_WAY_MAX, deliver_mllp, drop_csv, post_fhir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A receiver that refuses messages which hold `BAD` and gives back all it read.
async fn receiver() -> (SocketAddr, tokio::task::JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut read, mut message) = (Vec::new(), Vec::new());
        while let Ok(byte) = stream.read_u8().await {
            match byte {
                0x0b => message.clear(),
                0x1c => {
                    assert_eq!(stream.read_u8().await.unwrap(), 0x0d);
                    let bad = String::from_utf8_lossy(&message).contains("BAD");
                    let answer = if bad { "MSA|AE|1|PID-3 is missing" } else { "MSA|AA|1" };
                    let frame = format!("\u{b}MSH|^~\\&|R|R|S|S|2026||ACK|1|P|2.4\r{answer}\r\u{1c}\r");
                    stream.write_all(frame.as_bytes()).await.unwrap();
                    read.push(std::mem::take(&mut message));
                }
                byte => message.push(byte),
            }
        }
        read
    });
    (address, task)
}

#[tokio::test]
async fn messages_arrive_whole_in_order_and_refusals_are_counted() {
    let (address, receiver) = receiver().await;
    let count = UNDER_WAY_MAX * 2 + 1;
    let mut messages: Vec<Vec<u8>> = (0..count).map(|n| format!("MSH|^~\\&|{n}\rPID|Đặng\r").into_bytes()).collect();
    messages[5] = b"MSH|BAD\r".to_vec();
    let tally = deliver_mllp(address, &messages).await.unwrap();
    assert_eq!(tally.accepted, count - 1);
    assert_eq!(tally.refused, [(5, "AE PID-3 is missing".to_owned())]);
    assert_eq!(receiver.await.unwrap(), messages);
}

#[tokio::test]
async fn a_connection_that_closes_early_is_an_error_and_not_a_count() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let closing = tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    assert!(deliver_mllp(address, &[b"MSH|1\r".to_vec()]).await.is_err());
    closing.await.unwrap();
}

type Seen = Arc<Mutex<Vec<(Option<String>, Bytes)>>>;

async fn take(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let token = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(headers["content-type"], "application/fhir+json");
    let status = if body.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    seen.lock().unwrap().push((token, body));
    status
}

#[tokio::test]
async fn a_bundle_is_posted_with_its_token_and_the_status_comes_back() {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/fhir", listener.local_addr().unwrap());
    let router = Router::new().route("/fhir", post(take)).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    assert_eq!(post_fhir(&url, Some("secret"), b"{}".to_vec()).await.unwrap(), 200);
    assert_eq!(post_fhir(&url, None, Vec::new()).await.unwrap(), 400);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], (Some("Bearer secret".to_owned()), Bytes::from_static(b"{}")));
    assert_eq!(seen[1].0, None);
}

#[tokio::test]
async fn a_file_appears_whole_under_its_name_and_nothing_else_stays() {
    let folder = tempfile::tempdir().unwrap();
    drop_csv(folder.path(), "southmere.csv", b"record_type\r\n").await.unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["southmere.csv"]);
    assert_eq!(std::fs::read(folder.path().join("southmere.csv")).unwrap(), b"record_type\r\n");
}
