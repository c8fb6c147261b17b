use record::{Role, Staff, StaffId};

use crate::organisations::Feed;

/// A made-up staff member that a visitor of the demo can sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// Who they are, what they do and for whom.
    pub staff: Staff,
    /// One sentence: what signing in as them shows.
    pub about: &'static str,
}

#[rustfmt::skip]
const ROWS: [(&str, &str, Role, Feed, &str, &str); 14] = [
    ("demo-amara-mensah", "Dr Amara Mensah", Role::Doctor, Feed::Thameside, "Emergency department", "Sees every section; asks permission at the bedside, or opens in an emergency."),
    ("demo-priya-nair", "Dr Priya Nair", Role::Gp, Feed::Riverside, "Partners", "Sees what the hospitals did since last time."),
    ("demo-siobhan-keane", "Siobhán Keane", Role::Nurse, Feed::Guildhall, "Ward 7, cardiology", "Ward nurse: allergies, medicines and plans at handover."),
    ("demo-hodan-warsame", "Hodan Warsame", Role::CommunityNurse, Feed::Southbank, "District nurses, Camberwell", "Next visits, plans, what changed in hospital."),
    ("demo-tom-wainwright", "Tom Wainwright", Role::Therapist, Feed::Southbank, "Falls and rehabilitation", "Physiotherapist: attendances, plans, people involved."),
    ("demo-linh-tran", "Linh Trần", Role::Pharmacist, Feed::Thameside, "Medicines reconciliation", "Puts the GP's list beside the discharge list."),
    ("demo-delroy-gayle", "Delroy Gayle", Role::Paramedic, Feed::Ambulance, "Deptford station", "One screen on a phone: alerts, allergies, whom to call."),
    ("demo-joseph-osei", "Joseph Osei", Role::SocialWorker, Feed::Southmere, "Adults, hospital discharge", "Sees less than a doctor: names of medicines without doses, no results."),
    ("demo-ewa-mazur", "Ewa Mazur", Role::Clerk, Feed::Guildhall, "Outpatient reception", "Name, address and dates of appointments only."),
    ("demo-ruth-lockwood", "Ruth Lockwood", Role::PrivacyOfficer, Feed::Thameside, "Information governance", "Sees who looked, and no clinical content."),
    ("demo-ada-obi", "Ada Obi", Role::Administrator, Feed::Thameside, "Information services", "Settles what waits in the hospital's quarantine; sees a message only for a reason."),
    ("demo-noor-haddad", "Noor Haddad", Role::IdentityAnalyst, Feed::Southbank, "Identity desk", "Decides whose records are one person's; sees no clinical content."),
    ("demo-arjun-desai", "Arjun Desai", Role::Operator, Feed::Southbank, "Connect Care service desk", "Keeps the feeds running; sees no clinical content."),
    ("demo-yetunde-balogun", "Dr Yetunde Balogun", Role::Doctor, Feed::Marlowe, "Crisis team, Camberwell", "Psychiatrist: the same record from another trust."),
];

/// Every persona of the demo, the doctor first.
#[must_use]
pub fn personas() -> Vec<Persona> {
    let persona = |&(id, name, role, feed, team, about): &(&str, &str, Role, Feed, &str, &'static str)| {
        let id = StaffId::new(id).ok()?;
        let organisation_name = feed.organisation().to_owned();
        let team = Some(team.to_owned());
        Some(Persona {
            staff: Staff { id, name: name.to_owned(), role, organisation: feed.ods(), organisation_name, team },
            about,
        })
    };
    ROWS.iter().filter_map(persona).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_persona_for_every_role_and_none_is_lost() {
        let personas = personas();
        assert_eq!(personas.len(), ROWS.len());
        for role in Role::ALL {
            assert!(personas.iter().any(|persona| persona.staff.role == *role), "{role:?}");
        }
    }
}
