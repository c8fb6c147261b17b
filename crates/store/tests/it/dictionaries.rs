use crate::kit::*;

#[tokio::test]
async fn a_dictionary_is_trained_used_and_found_again_and_what_was_stored_before_stays_readable() {
    let kit = Kit::new().await;
    let message = |n: usize| {
        let text =
            format!("MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{n}|P|2.4\rPID|1||{n}^^^KB||OKAFOR^N{n}\r");
        text.into_bytes()
    };
    let size = || kit.count("SELECT max(length(body)) FROM message WHERE id = (SELECT max(id) FROM message)");
    for n in 0..store::SAMPLES_MIN {
        kit.receive(arrival(HOSPITAL, message(n))).await;
    }
    let before = size().await;
    let trained = kit.store.inbox.train_dictionaries(noon()).await.unwrap();
    assert_eq!(trained.iter().map(|one| (one.shape.as_str(), one.samples)).collect::<Vec<_>>(), [("hl7v2 ADT", 200)]);
    kit.receive(arrival(HOSPITAL, message(9_999))).await;
    assert!(size().await * 2 < before, "{} and {before}", size().await);

    let again = kit.store.inbox.train_dictionaries(noon()).await.unwrap();
    assert!(again[0].number > trained[0].number, "a new one has a new number");
    let kit = kit.reopened().await;
    let waiting = kit.store.inbox.waiting(None, 1_000).await.unwrap();
    let texts: Vec<&[u8]> = waiting.iter().map(|waiting| waiting.bytes.as_slice()).collect();
    assert_eq!(texts.len(), store::SAMPLES_MIN + 1);
    assert_eq!((texts[0], *texts.last().unwrap()), (message(0).as_slice(), message(9_999).as_slice()));
}

#[tokio::test]
async fn too_few_messages_make_no_dictionary() {
    let kit = Kit::new().await;
    kit.receive(arrival(HOSPITAL, b"MSH|^~\\&|PAS||||||ADT^A08|1|P|2.4\r".to_vec())).await;
    assert_eq!(kit.store.inbox.train_dictionaries(noon()).await.unwrap(), []);
}
