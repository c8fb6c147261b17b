use access::{Basis, PermissionGiven};
use disclosure::PersonView;
use jiff::civil::Date;
use reconcile::AllergyHeadline;
use record::{AlertKind, Audience, Content, Section, show_clock, show_instant};

use super::Shown;
use super::conflict::conflict;
use crate::pages::parts::{Access, AllergyBadge, Banner, Born, Died};
use crate::pages::permission::Pronouns;

/// Who the person is, before anything clinical may be seen.
pub(crate) fn banner_before_permission(who: &PersonView, today: Date) -> Banner {
    let alive = who.died.is_none();
    Banner {
        name: who.name.shown(),
        called: who.name.preferred.clone(),
        born: who.born.map(|born| Born::of(born.day_only(), alive.then_some(today))),
        died: who.died.map(|died| Died::of(died, who.born.map(record::When::day_only))),
        gender: who.gender.map(|gender| gender.word().to_owned()),
        nhs_number: who.nhs_number.map(|number| number.to_string()),
        allergies: None,
        flags: who.interpreter.iter().cloned().collect(),
        access: None,
        restricted: who.restricted,
        address: who.address.as_ref().map(record::Address::shown).filter(|address| !address.is_empty()),
        telephones: who.telephones.clone(),
        practice: who.practice.clone(),
        conflict: conflict(who),
    }
}

impl Shown<'_> {
    /// The banner of a record that is open.
    pub(super) fn banner(&self) -> Banner {
        let mut banner = banner_before_permission(&self.opened.who, self.today());
        banner.allergies = self.allergy_badge();
        banner.access = Some(self.access());
        banner.conflict = self.conflict();
        for need in self.needs() {
            if !banner.flags.contains(&need) {
                banner.flags.push(need);
            }
        }
        banner
    }

    /// The allergy word of the banner; none for a role that does not see allergies.
    pub(super) fn allergy_badge(&self) -> Option<AllergyBadge> {
        match self.opened.record.allergies() {
            AllergyHeadline::Known(count) => Some(AllergyBadge::known(usize::try_from(*count).unwrap_or(usize::MAX))),
            AllergyHeadline::MaybeIncomplete => Some(AllergyBadge::may_be_incomplete()),
            AllergyHeadline::NoneKnown(_) => Some(AllergyBadge::none_known()),
            AllergyHeadline::NotRecorded => Some(AllergyBadge::not_recorded()),
            AllergyHeadline::Unavailable => Some(AllergyBadge::unavailable()),
            AllergyHeadline::NotForRole => None,
        }
    }

    fn access(&self) -> Access {
        match &self.opened.basis {
            Basis::Emergency { until } => Access::Emergency(show_clock(*until, Audience::Staff)),
            Basis::Permission { given, at, .. } => {
                let who = match given {
                    PermissionGiven::Person => format!("{} said yes", Pronouns::of(self.opened.who.gender).they),
                    PermissionGiven::Decider { name, relationship } => format!("{name} ({relationship}) said yes"),
                };
                Access::Permission(format!("{who}, {}", show_instant(*at, Audience::Staff)))
            }
        }
    }

    /// Accessible-information needs and reasonable adjustments in force.
    fn needs(&self) -> Vec<String> {
        let is_need = |kind| matches!(kind, AlertKind::AccessibleInformation | AlertKind::ReasonableAdjustment);
        let needs = self.rows(Section::Alerts).current.iter().filter_map(|row| match &row.entry.content {
            Content::Alert(alert) if is_need(alert.kind) => Some(alert.title.clone()),
            _ => None,
        });
        needs.collect()
    }
}
