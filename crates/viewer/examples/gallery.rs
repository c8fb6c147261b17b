//! Writes every page, in several states and with made-up data, as files that a
//! browser opens: `cargo run -p viewer --example gallery -- DIRECTORY`.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = PathBuf::from(env::args_os().nth(1).ok_or("say where to: gallery DIRECTORY")?);
    fs::create_dir_all(&directory)?;
    for (name, bytes) in viewer::gallery::files() {
        fs::write(directory.join(name), bytes)?;
    }
    let pages = viewer::gallery::render_all()?;
    for (name, html) in &pages {
        fs::write(directory.join(format!("{name}.html")), html)?;
    }
    println!("{} pages in {}", pages.len(), directory.display());
    Ok(())
}
