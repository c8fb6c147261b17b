//! The one program: configuration, wiring, commands. No rules live here.

mod commands;
mod config;
mod logging;
mod operations;
mod operations_log;
mod operator;
mod region_config;
mod running;
mod stopping;
mod world;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use crate::commands::Command;

/// A record of 300 entries is some thousands of short texts: the system's allocator
/// spent a quarter of each opening on them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A shared care record: what separate record systems hold of one person, as one
/// record, for staff who are directly caring for them.
#[derive(Parser)]
#[command(name = "connect-care", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = logging::start(arguments.command.log_level_usual()) {
        eprintln!("connect-care: {error:#}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("connect-care: the program cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(arguments.command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("connect-care: {error:#}");
            ExitCode::FAILURE
        }
    }
}
