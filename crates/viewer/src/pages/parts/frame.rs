//! What surrounds every page, and every page of a record.

use super::banner::Banner;
use super::form::ServerForm;
use super::sources_strip::SourcesStrip;

/// What surrounds every page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Who is signed in, if anybody.
    pub(crate) signed_in: Option<SignedIn>,
    /// Which item of the bar is current.
    pub(crate) place: Place,
    /// Binds the sign-out form, and the form of the page, to the session.
    pub(crate) form: ServerForm,
    /// Who helps, with a number to call.
    pub(crate) help: String,
}

impl Frame {
    pub(crate) fn finds(&self) -> bool {
        self.place == Place::Find
    }

    pub(crate) fn is_quarantine(&self) -> bool {
        self.place == Place::Quarantine
    }

    pub(crate) fn is_identity(&self) -> bool {
        self.place == Place::Identity
    }

    pub(crate) fn reviews(&self) -> bool {
        self.place == Place::WhoLooked
    }

    pub(crate) fn feeds(&self) -> bool {
        self.place == Place::Feeds
    }
}

/// The staff member who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// `Dr Amara Mensah`.
    pub(crate) name: String,
    /// `doctor`.
    pub(crate) role: String,
    /// `Emergency department, Thameside Hospital`.
    pub(crate) organisation: String,
    /// May open records: not so for a privacy officer.
    pub(crate) finds_people: bool,
    /// May see who looked.
    pub(crate) sees_who_looked: bool,
    /// Looks after feeds and quarantine.
    pub(crate) administers: bool,
    /// Decides whose records are one person's.
    pub(crate) decides_who_is_who: bool,
}

/// Which item of the bar is current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Find,
    WhoLooked,
    Feeds,
    Quarantine,
    Identity,
    Elsewhere,
}

/// What surrounds every page of a record.
#[derive(Clone, Debug)]
pub(crate) struct RecordFrame {
    /// The address of this opening, without a slash at its end; opaque.
    pub(crate) base: String,
    /// Who it is.
    pub(crate) banner: Banner,
    /// The tab of this page.
    pub(crate) tab: Tab,
    /// Tabs whose sections this role does not see; constant for the role.
    pub(crate) hidden_tabs: Vec<Tab>,
    /// How complete it is.
    pub(crate) strip: SourcesStrip,
    /// Sections that the role does not see, in lower case; constant for the role.
    pub(crate) not_for_role: Vec<String>,
}

impl RecordFrame {
    /// The tabs in order, without those that lead nowhere for this role.
    pub(crate) fn tabs(&self) -> impl Iterator<Item = TabLink<'_>> {
        Tab::ALL.iter().filter(|tab| !self.hidden_tabs.contains(tab)).map(|tab| TabLink {
            base: &self.base,
            path: tab.path(),
            words: tab.words(),
            current: *tab == self.tab,
        })
    }

    /// `Not shown for your role: results, letters.`
    pub(crate) fn not_shown(&self) -> String {
        if self.not_for_role.is_empty() {
            return "Not shown for your role: nothing.".to_owned();
        }
        format!("Not shown for your role: {}.", self.not_for_role.join(", "))
    }

    /// Where `Skip to allergies` leads from this page.
    pub(crate) fn allergies_href(&self) -> String {
        self.skip_href("allergies")
    }

    /// Where `Skip to medicines` leads from this page.
    pub(crate) fn medicines_href(&self) -> String {
        self.skip_href("medicines")
    }

    fn skip_href(&self, part: &str) -> String {
        match self.tab {
            Tab::Summary | Tab::Medicines => format!("#{part}"),
            _ => format!("{}{}#{part}", self.base, Tab::Medicines.path()),
        }
    }

    /// Whether the medicines page is open to the role.
    pub(crate) fn has_medicines(&self) -> bool {
        !self.hidden_tabs.contains(&Tab::Medicines)
    }
}

/// A tab as the template needs it.
pub(crate) struct TabLink<'a> {
    pub(crate) base: &'a str,
    pub(crate) path: &'static str,
    pub(crate) words: &'static str,
    pub(crate) current: bool,
}

/// A page of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Summary,
    Medicines,
    Results,
    Appointments,
    Letters,
    Problems,
    People,
    Immunisations,
    /// Reached from the sources strip, not from the tabs.
    Sources,
}

impl Tab {
    const ALL: [Self; 8] = [
        Self::Summary,
        Self::Medicines,
        Self::Results,
        Self::Appointments,
        Self::Letters,
        Self::Problems,
        Self::People,
        Self::Immunisations,
    ];

    /// Below the opening's own address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Summary => "",
            Self::Medicines => "/medicines",
            Self::Results => "/results",
            Self::Appointments => "/appointments",
            Self::Letters => "/letters",
            Self::Problems => "/problems",
            Self::People => "/people",
            Self::Immunisations => "/immunisations",
            Self::Sources => "/sources",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Medicines => "Medicines and allergies",
            Self::Results => "Results",
            Self::Appointments => "Appointments and attendances",
            Self::Letters => "Letters",
            Self::Problems => "Problems and plans",
            Self::People => "People and social care",
            Self::Immunisations => "Immunisations and procedures",
            Self::Sources => "Sources",
        }
    }
}
