use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use access::Policy;
use anyhow::Context;
use clap::Args;
use disclosure::Caller;
use record::{NhsNumber, Role};
use simulator::openid::{Provider, ProviderPlan};
use simulator::{Region, RegionPlan, personas, stories};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use viewer::{Viewer, ViewerConfig};

use crate::commands::demo_feeds::Feeds;
use crate::operations::{Listening, Operations, Signals};
use crate::running::{self, Rooms, StoreAt};
use crate::{stopping, world};

/// The file that marks a data folder as a demo's: `serve` refuses it.
pub(crate) const DEMO_MARK: &str = "made-up-people.txt";
/// The seed where none is given: the same region every time.
const SEED: u64 = 1;

/// Starts a made-up region with everything running, on this machine alone.
#[derive(Args)]
pub(crate) struct Demo {
    /// How many people the region has.
    #[arg(long, default_value_t = RegionPlan::PEOPLE_USUAL)]
    people: u32,
    /// Another seed makes other people.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Where staff pages are; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where health and measures are told; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    operations: SocketAddr,
    /// A folder to keep the store in; otherwise it is made fresh and removed at the end.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Demo {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let is_loopback = self.listen.ip().is_loopback() && self.operations.ip().is_loopback();
        anyhow::ensure!(is_loopback, "the demo lets anybody in: it listens on loopback alone");
        let fresh;
        let folder = match &self.data {
            Some(folder) => {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                folder.as_path()
            }
            None => {
                fresh = tempfile::tempdir()?;
                fresh.path()
            }
        };
        take(folder)?;
        let (clock, chance) = (world::clock(), world::chance());
        let mut signals = Signals::listen()?;
        let operations = Operations::open(Some(self.operations), clock.clone()).await?;
        let region = Region::new(RegionPlan { people: self.people, seed: self.seed, now: clock.now() });
        let (organisations, sources) = (region.organisations().to_vec(), region.sources().to_vec());
        let at = StoreAt::Folder(folder);
        let rooms =
            running::open_rooms(at, organisations, sources, BTreeMap::new(), Policy::shipped()?, clock, chance).await?;
        operations.opened(&rooms);
        let watch = running::watch_feeds(&rooms).await?;
        // A kept folder may hold what was acknowledged when the demo last stopped.
        rooms.intake.resume().await?;
        let stop = CancellationToken::new();
        let (mut feeds, mut tasks) = Feeds::open(&rooms, &region, folder, &stop).await?;
        tasks.spawn(watch.run(stop.clone()));
        feeds.deliver(&rooms, region.story_deliveries().into_iter()).await?;
        feeds.deliver(&rooms, region.quarantine_deliveries().into_iter()).await?;
        // No page is open before those who chose not to share are closed.
        opt_out(&rooms, &region).await?;
        let address = open_pages(&rooms, self.listen, &mut tasks, &stop).await?;
        operations.listening();
        print!("{}", welcome(&region));
        if let Some(operations) = operations.address {
            println!("health and measures: http://{operations}/ready and /metrics");
        }
        println!("listening on http://{address}");
        let crowd = feeds.deliver(&rooms, region.crowd_deliveries());
        tokio::select! {
            delivered = crowd => {
                delivered?;
                println!("everybody has arrived: {} people", self.people);
                signals.next().await;
            }
            () = signals.next() => {}
        }
        stopping::stop(rooms, tasks, &stop, operations, &mut signals).await;
        Ok(())
    }
}

/// Makes the folder a demo's. One that holds another store is left alone: made-up
/// people must not come among real ones.
fn take(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(DEMO_MARK);
    let holds_a_store = [store::RECORD_FILE, store::DESK_FILE].iter().any(|file| folder.join(file).exists());
    anyhow::ensure!(
        path.exists() || !holds_a_store,
        "{} holds a store that is no demo's: made-up people are not put into it",
        folder.display()
    );
    std::fs::write(&path, "Everybody in this folder is made up. It belongs to `connect-care demo`.\n")
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The staff pages, and the sign-in provider of the demo's own beside them.
async fn open_pages(
    rooms: &Rooms,
    listen: SocketAddr,
    tasks: &mut tokio::task::JoinSet<()>,
    stop: &CancellationToken,
) -> anyhow::Result<SocketAddr> {
    let staff = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: is another demo running? Try --listen 127.0.0.1:0"))?;
    let address = staff.local_addr()?;
    let sign_in = TcpListener::bind((listen.ip(), 0)).await?;
    let issuer = format!("http://{}{}", sign_in.local_addr()?, simulator::openid::DEMO_ISSUER_MARK);
    let public_url = format!("http://{address}");
    let client_id = "connect-care-demo".to_owned();
    let plan = ProviderPlan {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        redirect_uris: vec![format!("{public_url}/sign-in/return")],
        personas: personas(),
    };
    let provider = Provider::new(plan, rooms.clock.clone(), rooms.chance.clone())?;
    let listening = |name| Listening { name, chance: rooms.chance.clone() };
    running::serve_http(tasks, sign_in, listening("demo-sign-in"), provider.router(), stop);
    let viewer = Viewer::new(
        ViewerConfig {
            public_url,
            issuer,
            client_id,
            client_secret: None,
            secure_cookies: false,
            service_desk: "the demo's service desk, 020 7946 0000 (made up)".to_owned(),
        },
        rooms.disclosure.clone(),
        rooms.desk.clone(),
        rooms.feeds.clone(),
        rooms.clock.clone(),
        rooms.chance.clone(),
    );
    running::serve_http(tasks, staff, listening("staff"), viewer.router(), stop);
    Ok(address)
}

/// The people of the region who have chosen not to share, recorded by its operator.
async fn opt_out(rooms: &Rooms, region: &Region) -> anyhow::Result<()> {
    let operator = personas().into_iter().find(|persona| persona.staff.role == Role::Operator);
    let operator = operator.context("the region has an operator")?;
    let caller = Caller { staff: operator.staff, session: None };
    for number in region.opted_out() {
        for person in rooms.people.with_number(number).await? {
            rooms.disclosure.record_opt_out(&caller, person, true).await?;
        }
    }
    Ok(())
}

/// Who to sign in as, and what to try.
fn welcome(region: &Region) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "A made-up region: {} organisations, {} record systems, {} people. Nobody here exists.\n\nSign in as\n",
        region.organisations().len(),
        region.sources().len(),
        region.plan().people
    );
    for persona in personas() {
        let staff = &persona.staff;
        let _ = writeln!(
            text,
            "  {:<20} {:<16} {:<24} {}",
            staff.name,
            staff.role.word(),
            staff.organisation_name,
            persona.about
        );
    }
    text.push_str("\nPeople to look at (NHS number, or name and birth date)\n");
    for story in stories() {
        let shown = story.nhs_number.and_then(|number| NhsNumber::parse(number).ok());
        let number = shown.map_or_else(|| "no NHS number".to_owned(), |number| number.to_string());
        let _ = writeln!(text, "  {number:<14} {:<44} {}", format!("{}, {}", story.who, story.born), story.look);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_another_store_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(store::RECORD_FILE), "somebody's").unwrap();
        let refused = take(folder.path()).unwrap_err();
        assert!(refused.to_string().contains("no demo's"), "{refused}");
        assert!(!folder.path().join(DEMO_MARK).exists(), "it is not marked as a demo's either");
    }

    #[test]
    fn a_demos_own_folder_is_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        take(folder.path()).unwrap();
        std::fs::write(folder.path().join(store::RECORD_FILE), "").unwrap();
        take(folder.path()).unwrap();
    }
}
