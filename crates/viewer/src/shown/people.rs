use reconcile::Row;
use record::{Content, Section};

use super::{Shown, day, or_not_recorded};
use crate::pages::parts::Tab;
use crate::pages::people::{People, PersonRow, SocialCareRow};

impl Shown<'_> {
    /// Who is involved, and the council's social care.
    pub(crate) fn people(&self) -> People {
        let (people, social) = (self.rows(Section::People), self.rows(Section::SocialCare));
        People {
            frame: self.frame.clone(),
            record: self.record_frame(Tab::People),
            people: people.current.iter().chain(people.past).filter_map(|row| self.person(row)).collect(),
            social_care: social.current.iter().chain(social.past).filter_map(|row| self.social_care(row)).collect(),
            people_state: self.state(Section::People),
            social_state: self.state(Section::SocialCare),
            people_ledger: self.ledger(Section::People),
            social_ledger: self.ledger(Section::SocialCare),
        }
    }

    fn person(&self, row: &Row) -> Option<PersonRow> {
        let Content::PersonInvolved(it) = &row.entry.content else { return None };
        Some(PersonRow {
            name: it.name.clone(),
            organisation: it.organisation.clone().unwrap_or_default(),
            role: or_not_recorded(&it.role),
            telephone: or_not_recorded(&it.telephone),
            from: it.from.map(day),
            until: it.until.map(day),
            origin: self.origin_in_full(row),
        })
    }

    fn social_care(&self, row: &Row) -> Option<SocialCareRow> {
        let Content::SocialCare(it) = &row.entry.content else { return None };
        let status = if it.status.trim().is_empty() { "Status not sent".to_owned() } else { it.status.clone() };
        Some(SocialCareRow {
            title: it.title.clone(),
            detail: it.detail.clone(),
            status,
            worker: or_not_recorded(&it.worker),
            from: it.start.or(row.entry.when).map(day),
            until: it.end.map(day),
            review: it.review.map(day),
            origin: self.origin_in_full(row),
        })
    }
}
