use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, IdTokenClaims};
use record::{OdsCode, Role, Staff, StaffId};
use serde::{Deserialize, Serialize};

use super::SignInProblem;

/// The longest name that is taken from a claim, in characters.
const NAME_CHARACTERS_MAX: usize = 200;

/// Who a staff member is at work, as the provider says beside the standard claims.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct StaffClaims {
    cc_role: Option<String>,
    cc_organisation: Option<String>,
    cc_organisation_name: Option<String>,
    cc_team: Option<String>,
}

impl AdditionalClaims for StaffClaims {}

/// The staff member of a verified token. What is missing is never guessed.
pub(super) fn staff(claims: &IdTokenClaims<StaffClaims, CoreGenderClaim>) -> Result<Staff, SignInProblem> {
    let own = claims.additional_claims();
    let told = |claim: &Option<String>, name| {
        let text = claim.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let fits = text.filter(|text| text.chars().count() <= NAME_CHARACTERS_MAX);
        fits.map(str::to_owned).ok_or(SignInProblem::Claim(name))
    };
    let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
    let role = told(&own.cc_role, "cc_role")?;
    let organisation = told(&own.cc_organisation, "cc_organisation")?;
    Ok(Staff {
        id: StaffId::new(claims.subject().as_str()).map_err(|_| SignInProblem::Claim("sub"))?,
        name: told(&name, "name")?,
        role: Role::from_code(&role).ok_or(SignInProblem::Claim("cc_role"))?,
        organisation: OdsCode::new(&organisation).map_err(|_| SignInProblem::Claim("cc_organisation"))?,
        organisation_name: told(&own.cc_organisation_name, "cc_organisation_name")?,
        team: told(&own.cc_team, "cc_team").ok(),
    })
}
