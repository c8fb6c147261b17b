use std::path::{Path, PathBuf};

use access::Policy;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use record::SourceId;
use simulator::openid::DEMO_ISSUER_MARK;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use viewer::{Viewer, ViewerConfig};

use crate::commands::demo::DEMO_MARK;
use crate::config::{self, Config, Listen, SignIn, SourceConfig};
use crate::operations::{Listening, Operations, Signals};
use crate::region_config::{organisations_and_sources, own_servers};
use crate::running::{self, Entrance, Rooms, StoreAt};
use crate::{stopping, world};

/// Serves the region that a configuration describes.
#[derive(Args)]
pub(crate) struct Serve {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Where the embedded store lies, when not where the configuration says.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        if let Some(folder) = self.data.clone().or(config::load(&self.config)?.data) {
            refuse_demo_folder(&folder)?;
        }
        let (config, folder) = config::for_command(Some(&self.config), self.data.as_deref())?;
        let (listen, _) = front(&config)?;
        let mut signals = Signals::listen()?;
        let operations = Operations::open(listen.operations, world::clock()).await?;
        let rooms = open_rooms(&config, &folder).await?;
        operations.opened(&rooms);
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tokio::select! {
            opened = open_listeners(&config, &rooms, &mut tasks, &stop) => opened?,
            // What was not taken up yet is durable.
            () = signals.next() => {
                stopping::stop(rooms, tasks, &stop, operations, &mut signals).await;
                return Ok(());
            }
        }
        operations.listening();
        signals.next().await;
        stopping::stop(rooms, tasks, &stop, operations, &mut signals).await;
        Ok(())
    }
}

/// Takes up what was waiting, then opens every entrance and the pages.
async fn open_listeners(
    config: &Config,
    rooms: &Rooms,
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let (listen, sign_in) = front(config)?;
    let resumed = rooms.intake.resume().await?;
    tracing::info!(resumed, "messages that were waiting are applied");
    let entrances = config
        .sources
        .iter()
        .map(|source| Ok((SourceId::new(&source.id)?, entrance(source)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    *tasks = running::open_entrances(rooms, entrances, listen.machines, stop).await?.tasks;
    let staff = TcpListener::bind(listen.staff).await.with_context(|| format!("cannot listen on {}", listen.staff))?;
    let viewer = Viewer::new(
        viewer_config(config, listen, sign_in)?,
        rooms.disclosure.clone(),
        rooms.desk.clone(),
        rooms.clock.clone(),
        rooms.chance.clone(),
    );
    println!("listening on http://{}", staff.local_addr()?);
    let listening = Listening { name: "staff", chance: rooms.chance.clone() };
    running::serve_http(tasks, staff, listening, viewer.router(), stop);
    Ok(())
}

/// Opens the store in `folder` and the rooms above it, as the configuration says.
pub(crate) async fn open_rooms(config: &Config, folder: &Path) -> anyhow::Result<Rooms> {
    let (organisations, sources) = organisations_and_sources(config)?;
    let (own_servers, policy) = (own_servers(config)?, policy(config)?);
    let (clock, chance) = (world::clock(), world::chance());
    running::open_rooms(store_at(config, folder)?, organisations, sources, own_servers, policy, clock, chance).await
}

/// The store that the configuration names: the embedded one in `folder`, unless it
/// names another.
pub(crate) fn store_at<'a>(config: &Config, folder: &'a Path) -> anyhow::Result<StoreAt<'a>> {
    let Some(store) = &config.store else { return Ok(StoreAt::Folder(folder)) };
    let at = store::PostgresAt::parse(&store.postgres, store.authorities.clone())?;
    let Some(path) = &store.password_file else { return Ok(StoreAt::Postgres(Box::new(at))) };
    let password = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(StoreAt::Postgres(Box::new(at.with_password(password.trim_end()))))
}

/// The demo lets anybody in as anybody: a real installation takes neither its
/// provider nor its data.
fn refuse_demo_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.join(DEMO_MARK).exists() {
        bail!("{} holds a demo's made-up people: serve does not open it", folder.display());
    }
    Ok(())
}

/// Listeners and sign-in, both needed to serve.
pub(crate) fn front(config: &Config) -> anyhow::Result<(&Listen, &SignIn)> {
    let listen = config.listen.as_ref().ok_or_else(|| anyhow!("the configuration has no [listen]"))?;
    let sign_in = config.sign_in.as_ref().ok_or_else(|| anyhow!("the configuration has no [sign_in]"))?;
    if sign_in.issuer.contains(DEMO_ISSUER_MARK) {
        bail!("{} is the demo's sign-in: it lets anybody in as anybody", sign_in.issuer);
    }
    if !sign_in.issuer.starts_with("https://") {
        bail!("the issuer {} must be https", sign_in.issuer);
    }
    if !listen.public_url.starts_with("https://") {
        bail!("public_url {} must be https: sessions travel over it", listen.public_url);
    }
    Ok((listen, sign_in))
}

fn viewer_config(config: &Config, listen: &Listen, sign_in: &SignIn) -> anyhow::Result<ViewerConfig> {
    let secret = sign_in.client_secret_file.as_ref().map(|path| {
        std::fs::read_to_string(path)
            .map(|secret| secret.trim().to_owned())
            .with_context(|| format!("cannot read {}", path.display()))
    });
    Ok(ViewerConfig {
        public_url: listen.public_url.clone(),
        issuer: sign_in.issuer.clone(),
        client_id: sign_in.client_id.clone(),
        client_secret: secret.transpose()?,
        secure_cookies: true,
        service_desk: config.service_desk.clone(),
    })
}

/// The table of roles and sections that the configuration names, or the shipped one.
pub(crate) fn policy(config: &Config) -> anyhow::Result<Policy> {
    match &config.policy {
        None => Ok(Policy::shipped()?),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Policy::parse(&text).with_context(|| format!("{}", path.display()))
        }
    }
}

/// How a source delivers; what its format does not use is refused.
pub(crate) fn entrance(source: &SourceConfig) -> anyhow::Result<Entrance> {
    let mllp = source.mllp_entrance().with_context(|| format!("source {}", source.id))?;
    match (source.format.as_str(), mllp, source.token_sha256.as_deref(), &source.folder) {
        (_, None, None, None) => Ok(Entrance::ImportOnly),
        ("hl7v2", Some(entrance), None, None) => Ok(entrance),
        ("fhir", None, Some(digest), None) => digest_from_hex(digest)
            .map(Entrance::Push)
            .ok_or_else(|| anyhow!("source {}: token_sha256 has 64 hexadecimal digits", source.id)),
        ("csv", None, None, Some(folder)) => Ok(Entrance::Folder(folder.clone())),
        _ => bail!(
            "source {}: hl7v2 delivers by `mllp` or `mllp_dial`, fhir by `token_sha256`, csv by `folder`",
            source.id
        ),
    }
}

fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let pairs = text
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    (text.len() == 64).then(|| pairs.collect::<Option<Vec<u8>>>())??.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(issuer: &str) -> Config {
        let text = format!(
            "[listen]\nstaff = \"127.0.0.1:0\"\nmachines = \"127.0.0.1:0\"\npublic_url = \"https://record.example\"\n\
             [sign_in]\nissuer = \"{issuer}\"\nclient_id = \"x\"\n"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn serve_refuses_the_demos_issuer() {
        let refused = front(&config("https://example.org/demo-identity")).unwrap_err();
        assert!(refused.to_string().contains("anybody in as anybody"), "{refused}");
        assert!(front(&config("https://id.example.org")).is_ok());
    }

    #[test]
    fn serve_refuses_an_issuer_without_tls() {
        assert!(front(&config("http://id.example.org")).is_err());
    }

    #[test]
    fn serve_refuses_a_demos_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refuse_demo_folder(folder.path()).is_ok());
        std::fs::write(folder.path().join(DEMO_MARK), "").unwrap();
        assert!(refuse_demo_folder(folder.path()).unwrap_err().to_string().contains("made-up people"));
    }

    #[test]
    fn a_token_digest_has_64_hexadecimal_digits() {
        assert!(digest_from_hex(&"0f".repeat(32)).is_some());
        assert_eq!(digest_from_hex("0f"), None);
        assert_eq!(digest_from_hex(&"zz".repeat(32)), None);
    }
}
