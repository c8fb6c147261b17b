//! Writes a made-up set of records with its truth:
//! `cargo run --release -p simulator --example identity_set -- FOLDER [RECORDS] [SEED]`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: identity_set FOLDER [RECORDS] [SEED]");
        return ExitCode::FAILURE;
    };
    let records = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let seed = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let set = simulator::IdentitySet::new(seed, records);
    let folder = Path::new(&folder);
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join("records.csv"), set.records))
        .and_then(|()| std::fs::write(folder.join("truth.csv"), set.truth));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("identity_set: {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
