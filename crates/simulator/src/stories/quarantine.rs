//! Messages that cannot be added to the record, for the administrator of Thameside to settle.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::organisations::Feed;
use crate::{Body, Delivery};

/// One without its own number about somebody who is known, one about nobody whose NHS number has a wrong digit, and one
/// about the person who has chosen not to share, whose text is shown to nobody.
pub(crate) fn deliveries(now: Timestamp) -> Vec<Delivery> {
    let at = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    let sender = Feed::Thameside.ods();
    let header = |kind: &str, number: &str| format!("MSH|^~\\&|PAS|{sender}|CC|SEL|{at}+0000||{kind}|{number}|P|2.4\r");
    let unnumbered = header("ADT^A08", "")
        + "EVN|A08\rPID|1||9990000190^^^NHS^NH~T20190^^^TH^MR||LEUNG^Siu Fong^^^Mrs||19490102|F\r";
    let wrong_digit = header("ADT^A04", "TH-Q-2")
        + "EVN|A04\rPID|1||9990000011^^^NHS^NH~T20999^^^TH^MR||PEREIRA^Joana^^^Ms||19830719|F\r";
    let of_somebody_closed = header("ADT^A08", "")
        + "EVN|A08\rPID|1||9990000085^^^NHS^NH~T20085^^^TH^MR||HENNESSY^Declan Patrick^^^Mr||19721208|M\r";
    let delivery =
        |message: String| Delivery { source: Feed::Thameside.id(), at: now, body: Body::Hl7(message.into_bytes()) };
    [unnumbered, wrong_digit, of_somebody_closed].map(delivery).into()
}
