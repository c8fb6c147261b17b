//! Where a story's store lives, on the back-end that `CONNECT_CARE_TEST_STORE` names, and how a story looks into it.
//!
//! On PostgreSQL each story has a database of its own while it runs, copied from one that was migrated once.

use std::path::Path;
use std::sync::Mutex;

use record::Source;
use rusqlite::types::ValueRef;
use store::{PostgresAt, Store, StoreError};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::kit::chance;

/// Whether stories run on PostgreSQL.
pub fn on_postgres() -> bool {
    std::env::var("CONNECT_CARE_TEST_STORE").is_ok_and(|store| store == "postgres")
}

/// True, and said, where a story about SQLite's files makes no sense.
pub fn has_no_files() -> bool {
    if on_postgres() {
        println!("skipped: it is about SQLite's files, and this is PostgreSQL");
    }
    on_postgres()
}

/// True, and said, where a story about a server makes no sense.
pub fn has_no_server() -> bool {
    if !on_postgres() {
        println!("skipped: it is about PostgreSQL; `cargo xtask test` runs it there");
    }
    !on_postgres()
}

/// Where one story's store lives.
pub enum Home {
    Folder(TempDir),
    Database(Database),
}

impl Home {
    pub async fn new() -> Self {
        if on_postgres() { Self::Database(Database::lend().await) } else { Self::Folder(tempfile::tempdir().unwrap()) }
    }

    pub async fn open(&self, sources: &[Source]) -> Result<Store, StoreError> {
        match self {
            Self::Folder(folder) => store::open(folder.path(), sources, chance()).await,
            Self::Database(database) => store::open_postgres(&database.at(), sources, chance()).await,
        }
    }

    /// The folder of a store on SQLite.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder.path(),
            Self::Database(_) => panic!("a story about files must skip on PostgreSQL"),
        }
    }

    pub fn database(&self) -> &Database {
        match self {
            Self::Folder(_) => panic!("a story about a server must skip on SQLite"),
            Self::Database(database) => database,
        }
    }

    /// What a query finds, every value as text, bytes as `\x…`, nothing as `null`.
    pub async fn look(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Folder(folder) => look(&both_files(folder), sql),
            Self::Database(database) => database.look(sql).await,
        }
    }

    /// Changes what is stored, as somebody could who has the disk.
    pub async fn tamper(&self, sql: &str) {
        match self {
            Self::Folder(folder) => both_files(folder).execute_batch(sql).unwrap(),
            Self::Database(database) => database.owner.batch_execute(sql).await.unwrap(),
        }
    }
}

fn both_files(folder: &TempDir) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.path().join(store::RECORD_FILE)).unwrap();
    let desk = folder.path().join(store::DESK_FILE).display().to_string();
    connection.execute("ATTACH ?1 AS desk", [desk]).unwrap();
    connection
}

fn look(connection: &rusqlite::Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        ValueRef::Blob(bytes) => hex(bytes),
    };
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get_ref(column).map(text)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

/// Bytes as [`Home::look`] shows them.
pub fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(r"\x{digits}")
}

/// One story's database.
pub struct Database {
    pub address: String,
    name: String,
    /// The cluster's superuser, for whom no right and no row-level security stands in the way.
    pub owner: Client,
    /// Whether it may be emptied and given to another story.
    is_lent: bool,
}

/// Databases that no story uses now.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Database {
    /// With the schema and nothing in it: one that another story has done with, or a new one. Making and dropping one
    /// for each story would cost more than all that the stories do.
    async fn lend() -> Self {
        let free = FREE.lock().unwrap().pop();
        let mut database = match free {
            Some(name) => {
                let database = Self::connected(name).await;
                database.clear().await;
                database
            }
            None => Self::new().await,
        };
        database.is_lent = true;
        database
    }

    /// A copy of the migrated one, which a story may spoil.
    pub async fn new() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        Self::create(&format!("TEMPLATE {template}")).await
    }

    /// Without any schema.
    pub async fn empty() -> Self {
        Self::create("").await
    }

    async fn create(from: &str) -> Self {
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{number}", std::process::id());
        connect(&cluster()).await.batch_execute(&format!("CREATE DATABASE {name} {from}")).await.unwrap();
        Self::connected(name).await
    }

    async fn connected(name: String) -> Self {
        let address = format!("{} dbname={name}", cluster());
        let owner = connect(&address).await;
        owner.batch_execute("SET search_path = record, desk, public").await.unwrap();
        Self { address, name, owner, is_lent: false }
    }

    /// Takes away what the story before left, and whoever of it is still connected. Emptying tables row by row is the
    /// quickest, for there are few; only where the place of rows matters (`Kit::kept_lines`) the table is made anew.
    async fn clear(&self) {
        self.end_connections().await;
        let ours = "relnamespace IN ('record'::regnamespace, 'desk'::regnamespace) AND relname <> 'look_up_rules'";
        let tables = self.look(&format!("SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND {ours}")).await;
        let deletes: String = tables.iter().flatten().map(|table| format!("DELETE FROM {table};")).collect();
        self.owner.batch_execute(&format!("BEGIN; {deletes} TRUNCATE entry_version; COMMIT")).await.unwrap();
        self.look(&format!("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND {ours}"))
            .await;
    }

    pub fn at(&self) -> PostgresAt {
        PostgresAt::parse(&self.address, None).unwrap()
    }

    /// Another connection of the superuser, who may become any role.
    pub async fn connect(&self) -> Client {
        connect(&self.address).await
    }

    pub async fn look(&self, sql: &str) -> Vec<Vec<String>> {
        rows(self.owner.simple_query(sql).await.unwrap())
    }

    /// Ends every other connection, as a server does that restarts.
    pub async fn end_connections(&self) -> usize {
        let ended = self
            .look(&format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                 WHERE datname = '{}' AND pid <> pg_backend_pid()",
                self.name
            ))
            .await;
        ended.len()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_lent {
            FREE.lock().unwrap().push(std::mem::take(&mut self.name));
        }
    }
}

/// The cells of an answer, as [`Home::look`] shows them.
pub fn rows(answer: Vec<SimpleQueryMessage>) -> Vec<Vec<String>> {
    let cells = |row: tokio_postgres::SimpleQueryRow| {
        (0..row.len()).map(|column| row.get(column).unwrap_or("null").to_owned()).collect()
    };
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(cells(row)),
        _ => None,
    };
    answer.into_iter().filter_map(row).collect()
}

/// What the names of our databases begin with; the number of the process follows.
const PREFIX: &str = "store_story_";

/// The database that was migrated once in this run.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

async fn make_template() -> String {
    let name = format!("{PREFIX}{}_template", std::process::id());
    let owner = connect(&cluster()).await;
    owner.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let at = PostgresAt::parse(&format!("{} dbname={name}", cluster()), None).unwrap();
    store::migrate_postgres(&at).await.unwrap();
    std::thread::spawn(drop_what_others_left);
    name
}

/// The cluster of `cargo xtask test` goes as a whole. In one that stays, each run clears up after those before, beside
/// its stories: a drop may take seconds, as the server then syncs all that it has not yet.
fn drop_what_others_left() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let owner = connect(&cluster()).await;
        let sql = format!("SELECT datname FROM pg_database WHERE starts_with(datname, '{PREFIX}')");
        for name in rows(owner.simple_query(&sql).await.unwrap()).into_iter().flatten() {
            let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()).unwrap_or_default();
            if !Path::new("/proc").join(process).exists() {
                // Another run may be clearing up too.
                let _ = owner.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            }
        }
    });
}

fn cluster() -> String {
    std::env::var("CONNECT_CARE_TEST_POSTGRES").expect("CONNECT_CARE_TEST_POSTGRES says where the cluster is")
}

async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
