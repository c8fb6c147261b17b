use std::io::{Read as _, Write as _};

use anyhow::{Context, bail};
use clap::Args;
use record::{NhsNumber, PersonId};

use crate::commands::inbox::StoreArguments;
use crate::operator;
use crate::running::Rooms;

/// The longest NHS number that is read from standard input, in bytes, spaces included.
const NUMBER_BYTES_MAX: u64 = 64;

/// Writes one person's record as a FHIR R4 Bundle on standard output.
#[derive(Args)]
pub(crate) struct ExportPerson {
    /// Which person, by id. Without it the NHS number is read from standard input,
    /// so that it stands in no shell history.
    #[arg(long)]
    person: Option<u64>,
    /// Why the copy is made.
    #[arg(long)]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

impl ExportPerson {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let person = match self.person {
            Some(id) => PersonId(id),
            None => person_on_standard_input(&rooms).await?,
        };
        let copy = rooms.disclosure.copy(&caller, person, &self.reason).await?;
        let bundle = exchange::person_bundle(&copy);
        let mut out = std::io::stdout().lock();
        out.write_all(bundle.as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()?;
        rooms.close().await;
        Ok(())
    }
}

async fn person_on_standard_input(rooms: &Rooms) -> anyhow::Result<PersonId> {
    let mut text = String::new();
    std::io::stdin().lock().take(NUMBER_BYTES_MAX).read_to_string(&mut text)?;
    let number = NhsNumber::parse(text.trim()).context("the NHS number on standard input")?;
    match *rooms.people.with_number(number).await? {
        [] => bail!("nobody has this NHS number"),
        [person] => Ok(person),
        // Two people under one number happens; which of them is meant must be said.
        ref several => {
            let ids: Vec<String> = several.iter().map(|person| person.0.to_string()).collect();
            bail!("several people carry this NHS number; say which with --person: {}", ids.join(", "))
        }
    }
}
