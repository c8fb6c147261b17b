//! Commands that show content act for a named operator, and are logged like any access.

use anyhow::{Context, anyhow, bail};
use disclosure::Caller;
use record::{OdsCode, Role, Staff, StaffId};

use crate::config::Config;

/// The operator for whom a command acts: the one that is named, or the only one
/// that is configured.
pub(crate) fn caller(config: &Config, named: Option<&str>) -> anyhow::Result<Caller> {
    let operator = match (named, config.operators.as_slice()) {
        (Some(id), operators) => operators
            .iter()
            .find(|operator| operator.id == id)
            .ok_or_else(|| anyhow!("there is no operator {id} in the configuration"))?,
        (None, [only]) => only,
        (None, []) => bail!("the configuration names no operator ([[operators]]): nobody can be logged for this"),
        (None, _) => bail!("there are several operators: say for whom you act with --operator ID"),
    };
    let organisation = config.organisations.iter().find(|one| one.ods_code == operator.organisation);
    let organisation =
        organisation.ok_or_else(|| anyhow!("operator {} names an organisation that is not configured", operator.id))?;
    Ok(Caller {
        staff: Staff {
            id: StaffId::new(&operator.id).context("the operator's id")?,
            name: operator.name.clone(),
            role: Role::Operator,
            organisation: OdsCode::new(&operator.organisation).context("the operator's organisation")?,
            organisation_name: organisation.name.clone(),
            team: None,
        },
        session: None,
    })
}
