//! The memory of the program as it is run: `connect-care serve` on the filled store,
//! asked for pages over HTTP with sessions that were put into the store before.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use record::{Organisation, Source};

use crate::arguments::Effort;
use crate::house::{HANDLE, House};
use crate::load::Loaded;
use crate::rows;
use crate::store_kind::serve_config;
use crate::table::Table;
use crate::times::now;

const CLIENTS: usize = 16;
/// Pages that each client asks for in one run: every other one is the results page.
const PAGES: u64 = 300;
const BYTES_A_MEGABYTE: f64 = 1_000_000.0;
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Closes the store first: it has one program at a time.
pub(crate) async fn measure(table: &mut Table, loaded: Loaded, effort: Effort, runs: u32) -> anyhow::Result<()> {
    let Loaded { house, size, whole, .. } = loaded;
    let at = house.at().people(size.people);
    let mut cookies = Vec::new();
    for person in whole.into_iter().take(CLIENTS) {
        cookies.push(house.open_session(person).await?);
    }
    let config = write_config(&house)?;
    drop(house);
    let pages = effort.of(PAGES);
    for _ in 0..runs {
        let cookies = cookies.clone();
        let config = config.clone();
        let served = tokio::task::spawn_blocking(move || Served::measure(&config, &cookies, pages)).await??;
        table.add(&rows::MEMORY_AT_REST, at, served.at_rest);
        table.add(&rows::MEMORY_UNDER_LOAD, at, served.under_load);
        table.add(&rows::SERVED, at, served.pages_a_second);
    }
    Ok(())
}

/// The same organisations and sources as the store was filled with, on loopback.
fn write_config(house: &House) -> anyhow::Result<std::path::PathBuf> {
    let mut text = serve_config(house.kind, &house.folder)?;
    text.push_str(
        "[listen]\nstaff = \"127.0.0.1:0\"\nmachines = \"127.0.0.1:0\"\npublic_url = \"https://record.example\"\n\
         [sign_in]\nissuer = \"https://identity.example\"\nclient_id = \"bench\"\n",
    );
    house.organisations.iter().for_each(|organisation| text.push_str(&organisation_lines(organisation)));
    house.sources.iter().for_each(|source| text.push_str(&source_lines(source)));
    let path = house.folder.join("serve.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn organisation_lines(organisation: &Organisation) -> String {
    let Organisation { ods_code, name, kind, .. } = organisation;
    format!("[[organisations]]\nods_code = \"{ods_code}\"\nname = {name:?}\nkind = \"{}\"\n", kind.code())
}

fn source_lines(source: &Source) -> String {
    let sends: Vec<&str> = source.sends.iter().map(|section| section.code()).collect();
    format!(
        "[[sources]]\nid = \"{}\"\nname = {:?}\norganisation = \"{}\"\nformat = \"{}\"\nsends = {sends:?}\n\
         stale_after_minutes = {}\n",
        source.id,
        source.name,
        source.organisation,
        source.format.code(),
        source.stale_after_minutes
    )
}

struct Served {
    at_rest: f64,
    under_load: f64,
    pages_a_second: f64,
}

impl Served {
    fn measure(config: &Path, cookies: &[String], pages: u64) -> anyhow::Result<Self> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_connect-care"))
            .args(["serve", "--config"])
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()
            .context("the program starts")?;
        let measured = Self::ask(&mut program, cookies, pages);
        program.kill()?;
        program.wait()?;
        measured
    }

    fn ask(program: &mut Child, cookies: &[String], pages: u64) -> anyhow::Result<Self> {
        let mut lines = BufReader::new(program.stdout.take().context("the program's output")?).lines();
        let address = loop {
            let line = lines.next().context("the program stopped before it listened")??;
            if let Some(address) = line.strip_prefix("listening on ") {
                break address.to_owned();
            }
        };
        get(&agent(), &address, cookies.first().context("there are sessions")?, 0)?;
        let at_rest = memory(program, "VmRSS:")?;
        let start = now();
        std::thread::scope(|scope| {
            let clients: Vec<_> = cookies
                .iter()
                .map(|cookie| {
                    let address = &address;
                    scope.spawn(move || {
                        let agent = agent();
                        (0..pages).try_for_each(|turn| get(&agent, address, cookie, turn))
                    })
                })
                .collect();
            clients.into_iter().try_for_each(|client| {
                client.join().map_err(|_| anyhow::anyhow!("a client did not come to its end"))?
            })
        })?;
        let asked = pages * u64::try_from(cookies.len())?;
        let pages_a_second = asked as f64 / start.elapsed().as_secs_f64();
        Ok(Self { at_rest, under_load: memory(program, "VmHWM:")?, pages_a_second })
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).max_redirects(0).build().into()
}

fn get(agent: &ureq::Agent, address: &str, cookie: &str, turn: u64) -> anyhow::Result<()> {
    let page = if turn.is_multiple_of(2) { "/results" } else { "" };
    let request = agent.get(format!("{address}/record/{HANDLE}{page}")).header("Cookie", format!("__Host-cc={cookie}"));
    let mut answer = request.call()?;
    anyhow::ensure!(answer.status() == 200, "a record page was answered with {}", answer.status());
    answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
    Ok(())
}

/// A line of the program's status, in MB.
pub(crate) fn memory(program: &Child, name: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("the kernel tells the memory")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1_024.0 / BYTES_A_MEGABYTE)
}
