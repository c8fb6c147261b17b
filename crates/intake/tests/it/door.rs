//! The FHIR endpoint of the practice over real connections.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use intake::{FhirPush, fhir_router};
use record::Standing;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, hospital, practice};

pub(crate) const TOKEN: &str = "a token of the practice";
pub(crate) const BODY_BYTES_MAX: usize = 20_000;

pub(crate) struct Door {
    pub(crate) house: House,
    address: SocketAddr,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Door {
    pub(crate) async fn open() -> Self {
        let house = House::open().await;
        let digest = |token: &str| -> [u8; 32] { Sha256::digest(token.as_bytes()).into() };
        let token_digests = BTreeMap::from([(practice(), digest(TOKEN)), (hospital(), digest("of the hospital"))]);
        let push = FhirPush { intake: house.intake.clone(), token_digests, body_bytes_max: BODY_BYTES_MAX };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, fhir_router(push)).await.unwrap() });
        Self { house, address }
    }

    pub(crate) async fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.send("POST /sources/riverside-gp/fhir", TOKEN, "application/fhir+json", body).await
    }

    pub(crate) async fn send(&self, line: &str, token: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: {content_type}\r\n");
        self.send_with(line, &headers, body).await
    }

    /// One interaction below the practice's address: `PUT /Flag/7`, with more headers.
    pub(crate) async fn ask(&self, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
        let (method, target) = line.split_once(' ').unwrap();
        let line = format!("{method} /sources/riverside-gp/fhir{target}");
        self.send_with(&line, &format!("Authorization: Bearer {TOKEN}\r\n{headers}"), body).await
    }

    async fn send_with(&self, line: &str, headers: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: cc\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let (mut read, mut write) = TcpStream::connect(self.address).await.unwrap().into_split();
        let body = body.to_vec();
        // A refusal may come while the body is still on its way.
        let sending = tokio::spawn(async move {
            let _ = write.write_all(head.as_bytes()).await;
            let _ = write.write_all(&body).await;
            write
        });
        let mut answer = Vec::new();
        read.read_to_end(&mut answer).await.unwrap();
        drop(sending.await.unwrap());
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: serde_json::from_str(body).unwrap() }
    }

    /// Refused as a whole, with an OperationOutcome that says this.
    pub(crate) async fn refuses(&self, body: impl AsRef<[u8]>, words: &str) {
        let answer = self.post(body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.says(words), "{words}: {}", answer.body);
    }
}

impl Answer {
    pub(crate) fn says(&self, words: &str) -> bool {
        assert!(self.head.contains("content-type: application/fhir+json"), "{}", self.head);
        assert_eq!(self.body["resourceType"], "OperationOutcome");
        self.body["issue"][0]["diagnostics"].as_str().unwrap().contains(words)
    }

    pub(crate) fn statuses(&self) -> Vec<&str> {
        self.statuses_of("batch-response")
    }

    pub(crate) fn statuses_of(&self, kind: &str) -> Vec<&str> {
        assert_eq!((self.status, &self.body["type"]), (200, &Value::from(kind)), "{}", self.body);
        self.body["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["response"]["status"].as_str().unwrap())
            .collect()
    }
}

/// Everything that is shown of the person with this number, as its standing and words.
impl Door {
    pub(crate) async fn shown(&self, number: &str) -> Vec<(Standing, String)> {
        self.house.intake.settle().await.unwrap();
        let record = self.house.record(self.house.person(number).await).await;
        let mut shown: Vec<_> = record.entries.iter().map(|entry| (entry.standing, entry.content.to_line())).collect();
        shown.sort_by(|one, other| one.1.cmp(&other.1));
        shown
    }
}
