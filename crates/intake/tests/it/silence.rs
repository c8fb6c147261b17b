//! A feed stops, and it is noticed: replayed with a clock that is moved by hand.

use intake::{FeedWatch, Payload};
use jiff::{SignedDuration, Timestamp};
use record::Section;
use store::{ALL_KINDS, Feed, FeedSource};

use crate::house::{House, hospital, sources};

/// How many minutes lie between two messages of each type.
const ADMISSIONS: u64 = 30;
const RESULTS: u64 = 60;
/// How long it takes until a rhythm is well known.
const LEARNING_DAYS: u64 = 10;

/// Messages of two types, each with its own rhythm, and the watch over them.
struct Ward {
    house: House,
    watch: FeedWatch,
    sent: u64,
}

impl Ward {
    async fn open() -> Self {
        Self::over(House::open().await, 0).await
    }

    async fn over(house: House, sent: u64) -> Self {
        let watch = FeedWatch::begin(&house.intake, house.store.feeds.clone()).await.unwrap();
        Self { house, watch, sent }
    }

    async fn send(&mut self, kind: &str, more: &str) {
        self.send_numbered(kind, more, "").await;
    }

    async fn send_numbered(&mut self, kind: &str, more: &str, number: &str) {
        self.sent += 1;
        let stated_at = self.house.now().strftime("%Y%m%d%H%M%S+0000").to_string();
        let text = format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|{stated_at}||{kind}|C{}|P|2.4|{number}\rPID|1||77^^^ZZ901^MR||OKAFOR^Grace||19510304\r{more}",
            self.sent
        );
        self.house.apply(&hospital(), Payload::Hl7v2, text).await;
    }

    /// Lets time go by in steps of half an hour in which both types come, or
    /// admissions alone; the watch looks once an hour.
    async fn go_by(&mut self, minutes: u64, results_too: bool) {
        for step in 0..minutes / ADMISSIONS {
            self.house.wait_minutes(ADMISSIONS);
            let admitted = format!("PV1|1|I|WARD1||||||||||||||||V{}||||||||||||||||||||||||||20261122\r", self.sent);
            self.send("ADT^A01", &admitted).await;
            if results_too && step % (RESULTS / ADMISSIONS) == 0 {
                let result =
                    format!("OBR|1||R{}|FBC^Full blood count\rOBX|1|NM|HB^Haemoglobin||120|g/L|||||F\r", self.sent);
                self.send("ORU^R01", &result).await;
            }
            if step % 2 == 1 {
                self.watch.look().await.unwrap();
            }
        }
        self.watch.look().await.unwrap();
    }

    async fn known(&self, kind: &str) -> Feed {
        let (_, feeds) = self.house.store.feeds.known().await.unwrap();
        feeds.into_iter().find(|feed| feed.source == hospital() && feed.kind == kind).unwrap()
    }

    async fn source(&self) -> FeedSource {
        let (sources, _) = self.house.store.feeds.known().await.unwrap();
        sources.into_iter().find(|one| one.source == hospital()).unwrap()
    }

    fn is_silent(&self, feed: &Feed) -> bool {
        feed.due_at.is_some_and(|due| self.house.now() > due)
    }
}

fn minutes_between(from: Timestamp, until: Timestamp) -> i64 {
    until.duration_since(from).as_secs() / 60
}

#[tokio::test(flavor = "multi_thread")]
async fn one_type_that_stops_is_noticed_within_three_of_its_intervals_while_the_others_go_on() {
    let mut ward = Ward::open().await;
    ward.go_by(LEARNING_DAYS * 24 * 60, true).await;
    let results = ward.known("ORU^R01").await;
    assert!(!ward.is_silent(&results) && !ward.is_silent(&ward.known("ADT^A01").await));
    assert!(results.sections.contains(&Section::Results) && !results.sections.contains(&Section::Attendances));
    let patience = minutes_between(results.last_at, results.due_at.unwrap());
    assert!((RESULTS.cast_signed()..=3 * RESULTS.cast_signed() + 1).contains(&patience), "{patience}");

    // The laboratory's messages stop; everything else goes on, and so does the source as a whole.
    ward.go_by(3 * RESULTS + ADMISSIONS, false).await;
    assert!(ward.is_silent(&ward.known("ORU^R01").await), "within three of its intervals");
    assert!(!ward.is_silent(&ward.known("ADT^A01").await));
    assert!(!ward.is_silent(&ward.known(ALL_KINDS).await));
    assert_eq!(ward.known("ORU^R01").await.last_at, results.last_at, "since when it says");

    // Days later it is still a silence: it did not become usual.
    ward.go_by(2 * 24 * 60, false).await;
    assert!(ward.is_silent(&ward.known("ORU^R01").await));
    ward.go_by(2 * ADMISSIONS, true).await;
    assert!(!ward.is_silent(&ward.known("ORU^R01").await), "it came again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_forgets_a_silence_nor_takes_its_own_absence_for_one() {
    let mut ward = Ward::open().await;
    ward.go_by(LEARNING_DAYS * 24 * 60, true).await;
    ward.go_by(4 * RESULTS, false).await;
    let (results, admissions) = (ward.known("ORU^R01").await, ward.known("ADT^A01").await);
    assert!(ward.is_silent(&results) && !ward.is_silent(&admissions));
    let Ward { house, watch, sent } = ward;
    let stopped_at = house.now();
    drop(watch);
    let folder = house.close().await;

    let house = House::open_in(folder, &sources()).await;
    house.wait_until(stopped_at + SignedDuration::from_hours(10));
    let ward = Ward::over(house, sent).await;
    assert!(ward.is_silent(&ward.known("ORU^R01").await), "it was silent before");
    let admissions = ward.known("ADT^A01").await;
    assert!(!ward.is_silent(&admissions), "nobody listened for ten hours");
    let patience = minutes_between(ward.house.now(), admissions.due_at.unwrap());
    assert!((15..=3 * ADMISSIONS.cast_signed() + 1).contains(&patience), "{patience}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_in_the_numbers_is_kept_until_what_was_missing_comes() {
    let mut ward = Ward::open().await;
    for number in ["7", "8", "11"] {
        ward.send_numbered("ADT^A31", "", number).await;
    }
    ward.watch.look().await.unwrap();
    assert_eq!(ward.source().await.numbers.missing, [(9, 10)]);
    ward.send_numbered("ADT^A31", "", "10").await;
    ward.watch.look().await.unwrap();
    assert_eq!(ward.source().await.numbers.missing, [(9, 9)]);
    ward.send_numbered("ADT^A31", "", "1").await;
    ward.watch.look().await.unwrap();
    let numbers = ward.source().await.numbers;
    assert_eq!((numbers.last, numbers.never_came, numbers.missing.len()), (Some(1), 1, 0));
    assert_eq!(numbers.began_anew_at, Some(Timestamp::from_second(ward.house.now().as_second()).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_twice_is_counted_once_and_nothing_is_written_while_messages_come() {
    let mut ward = Ward::open().await;
    ward.send("ADT^A31", "").await;
    assert_eq!(ward.house.store.feeds.known().await.unwrap().1, [], "nothing is kept before the watch looks");
    let again = "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122133200+0000||ADT^A31|C1|P|2.4|\rPID|1||77^^^ZZ901^MR||OKAFOR^Grace||19510304\r";
    let again = ward.house.deliver(&hospital(), Payload::Hl7v2, again).await;
    assert!(matches!(again.received, store::Received::Duplicate(_)));
    ward.watch.look().await.unwrap();
    assert_eq!(ward.known("ADT^A31").await.in_hour, 1);
    assert_eq!(ward.known(ALL_KINDS).await.in_hour, 1);
}
