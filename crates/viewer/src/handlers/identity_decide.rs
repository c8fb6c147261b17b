use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect};
use disclosure::{DoubtKind, IdentityAsked, LinkVerdict, StoredPair};
use record::ChartId;
use serde::Deserialize;

use super::identity::{FORM, LIST, Typed, found, page_of};
use super::quarantine::wrong_reason;
use super::typed::error;
use crate::answers::{Answer, RequestId, Sent, Stop, closed, foreign_form, not_found, shown};
use crate::pages::parts::{FieldError, Place, ServerForm};
use crate::session::Visit;
use crate::shown::identity_preview::preview as what_it_does;
use crate::state::Rooms;

/// The form that confirms.
const CONFIRM: &str = "who is who, confirmed";

/// A decision about a doubt, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decided {
    form: String,
    /// `same`, `apart`, `ask`; empty where a chart was chosen.
    answer: String,
    /// The chart that is to be taken out; of a confirmation that takes a decision back, that decision.
    chart: String,
    /// The decision that is to be taken back, from the button beside it.
    back: String,
    reason: String,
    /// What was seen of the doubt when it was decided.
    seen: String,
}

/// The answer that takes a decision back.
pub(crate) const BACK: &str = "back";

impl Decided {
    /// What a button beside a decision sends, as the confirmation sends it.
    fn into_confirmed(self) -> Self {
        if self.back.is_empty() {
            return self;
        }
        Self { answer: BACK.to_owned(), chart: self.back, back: String::new(), ..self }
    }
}

/// What the decision will do, before it is confirmed.
pub(crate) async fn before(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Decided>,
) -> Answer {
    guard(&rooms, &visit, &id).await?;
    if !visit.made(&sent.form, FORM, &number) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let sent = sent.into_confirmed();
    let (Ok(item), Some(verdict)) = (number.parse(), verdict(&sent)) else {
        let doubt = found(&rooms, &visit, &id, &number).await?;
        let errors = wrong(&doubt, None, &sent.reason);
        return Ok(page_of(&rooms, &visit, &number, &doubt, typed(sent, errors)));
    };
    let preview = rooms.disclosure.identity_preview(&visit.caller(), item, verdict).await;
    let preview = preview.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
    let doubt = &preview.pair;
    let errors = wrong(doubt, Some(verdict), &sent.reason);
    if !errors.is_empty() {
        return Ok(page_of(&rooms, &visit, &number, doubt, typed(sent, errors)));
    }
    let form = confirmation(&visit, &number, &Decided { seen: doubt.seen.token().to_owned(), ..copy(&sent) });
    let frame = rooms.frame(&visit, Place::Identity);
    let moving = (verdict, preview.moving.as_ref());
    shown(&what_it_does(frame, form, doubt, moving, sent.reason.trim(), rooms.disclosure.region()))
}

/// The decision is confirmed: it is written down and carried out.
pub(crate) async fn confirm(
    State(rooms): State<Arc<Rooms>>,
    Extension(id): Extension<RequestId>,
    Path(number): Path<String>,
    visit: Visit,
    Sent(sent): Sent<Decided>,
) -> Answer {
    guard(&rooms, &visit, &id).await?;
    if !visit.made(&sent.form, CONFIRM, &bound(&number, &sent)) {
        return Err(foreign_form(&rooms, &visit, &id));
    }
    let (Ok(item), Some(verdict)) = (number.parse(), verdict(&sent)) else {
        return Err(not_found(&rooms, &visit, &id));
    };
    let asked = rooms.disclosure.decide_identity(&visit.caller(), item, &sent.seen, verdict, &sent.reason).await;
    let asked = asked.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
    match refused(asked) {
        // The page of the doubt says what came of it, and who was quicker.
        None => Ok(Redirect::to(&format!("{LIST}/{item}")).into_response()),
        Some(words) => {
            let preview = rooms.disclosure.identity_preview(&visit.caller(), item, verdict).await;
            let preview = preview.map_err(|why| closed(&rooms, &visit, &id, LIST, why))?;
            let errors = vec![error("reason", words)];
            Ok(page_of(&rooms, &visit, &number, &preview.pair, typed(sent, errors)))
        }
    }
}

/// Whoever decides nothing is refused at the door first, and logged.
pub(super) async fn guard(rooms: &Rooms, visit: &Visit, id: &RequestId) -> Result<(), Stop> {
    if !rooms.disclosure.policy().may_decide_links(visit.session.staff.role) {
        let work = rooms.disclosure.identity_work(&visit.caller()).await;
        work.map_err(|why| closed(rooms, visit, id, LIST, why))?;
    }
    Ok(())
}

/// What is decided, where something that can be.
fn verdict(sent: &Decided) -> Option<LinkVerdict> {
    match sent.answer.as_str() {
        "same" => Some(LinkVerdict::SamePerson),
        "apart" => Some(LinkVerdict::NotTheSame),
        "ask" => Some(LinkVerdict::AskTheSource),
        BACK => sent.chart.parse().ok().map(LinkVerdict::TakeBack),
        "" | "out" => sent.chart.parse().ok().map(|chart| LinkVerdict::Unlink(ChartId(chart))),
        _ => None,
    }
}

/// What has to be put right before anything is shown of what it will do.
fn wrong(doubt: &StoredPair, verdict: Option<LinkVerdict>, reason: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let charts = || doubt.people.iter().flat_map(|person| &person.charts);
    match verdict {
        None => {
            let field = if doubt.doubt.is_of_one_record { "reason" } else { "answer-same" };
            errors.push(error(field, "Choose what is to be done"));
        }
        Some(LinkVerdict::Unlink(chart)) if !charts().any(|known| known.chart == chart) => {
            errors.push(error("reason", "That chart is no longer in this record. Nothing was changed"));
        }
        Some(LinkVerdict::TakeBack(decision)) if !holds(doubt, decision) => {
            errors.push(error("main", "That decision does not hold any more. Nothing was changed"));
        }
        Some(LinkVerdict::SamePerson) if !doubt.doubt.is_of_one_record && doubt.seen.has_two_numbers() => {
            errors.push(error("answer-same", TWO_NUMBERS));
        }
        Some(_) => {}
    }
    // What was decided may be undone at any time.
    let links_again = doubt.doubt.item.kind == DoubtKind::Undoubted && !doubt.doubt.is_of_one_record;
    let undoes = match verdict {
        Some(LinkVerdict::Unlink(_) | LinkVerdict::TakeBack(_)) => doubt.doubt.under_way.is_none(),
        Some(LinkVerdict::SamePerson) => links_again && doubt.doubt.under_way.is_none(),
        _ => false,
    };
    if !doubt.doubt.is_open && !undoes {
        errors.push(error("main", "Somebody has settled it meanwhile. Nothing was changed"));
    }
    let why = if matches!(verdict, Some(LinkVerdict::TakeBack(_))) { "why-back" } else { "reason" };
    errors.extend(wrong_reason(reason).map(|words| error(why, words)));
    errors
}

fn holds(doubt: &StoredPair, decision: u64) -> bool {
    doubt.decided.iter().any(|known| known.id == decision && known.can_be_taken_back)
}

const TWO_NUMBERS: &str =
    "They have two different NHS numbers, so they are never linked here. Ask the sources which number is right";

/// Why nothing was noted, where the page of the doubt would not say it.
fn refused(asked: IdentityAsked) -> Option<&'static str> {
    match asked {
        IdentityAsked::Noted(_)
        | IdentityAsked::NeedsSecondReviewer(_)
        | IdentityAsked::NotWaiting
        | IdentityAsked::UnderWay => None,
        IdentityAsked::ChangedMeanwhile => {
            Some("What is told, or what would move, has changed since you looked. Nothing was changed: look again")
        }
        IdentityAsked::TwoNumbers => Some(TWO_NUMBERS),
        IdentityAsked::CannotBe => Some("This cannot be decided here. Nothing was changed"),
    }
}

fn typed(sent: Decided, errors: Vec<FieldError>) -> Typed {
    Typed { answer: sent.answer, reason: sent.reason, errors }
}

fn copy(sent: &Decided) -> Decided {
    Decided { answer: sent.answer.clone(), chart: sent.chart.clone(), ..Decided::default() }
}

/// A confirmation is good for what was shown and for nothing else.
fn bound(number: &str, sent: &Decided) -> String {
    let answer = if sent.answer.is_empty() { "out" } else { &sent.answer };
    format!("{number} {answer} {} {}", sent.chart, sent.seen)
}

fn confirmation(visit: &Visit, number: &str, sent: &Decided) -> ServerForm {
    visit.form(CONFIRM, &bound(number, sent))
}
