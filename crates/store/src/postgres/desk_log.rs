//! The access log in schema `desk`, written in groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::{ChainRow, Commitment, Event, Head, Outcome, Salt};
use tokio_postgres::Row;

use super::ServerFailure;
use super::connect::{Pools, Role};
use super::server::Server;
use super::statements::{LOG_LOCK, Step, TAKE_LOCK, Transaction};
use crate::answer::Reply;
use crate::desk_log::{Columns, Following, RowsWanted, SaltedRow, StoredRow, event_from};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// How many rows of a chain are held in memory while it is checked.
const PAGE: i64 = 200;

const CHAINS: &str = "
    SELECT wanted.person, coalesce(f.version, 0), h.counter, h.hash
    FROM unnest($1::bigint[]) AS wanted (person)
    LEFT JOIN desk.person_facts f ON f.person = wanted.person
    LEFT JOIN desk.chain_head h ON h.person = wanted.person";
const APPEND: &str = "
    INSERT INTO desk.access_log
        (person, counter, act, at, staff, organisation, allowed, salt, event, commitment, head)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[],
        $7::boolean[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[])";
const MOVE_HEADS: &str = "
    INSERT INTO desk.chain_head (person, counter, hash)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
    ON CONFLICT (person) DO UPDATE SET counter = excluded.counter, hash = excluded.hash";
pub(super) const SEE_AS: &str = "SELECT set_config('connect_care.organisation', $1, true)";
const ROWS_ABOUT: &str = "
    SELECT event FROM desk.access_log
    WHERE person = $1 AND ($2::text IS NULL OR organisation = $2) AND at >= $3
    ORDER BY counter DESC LIMIT $4";
const ROWS_OF_ONE: &str = "
    SELECT event FROM desk.access_log WHERE organisation = $1 AND at >= $2 ORDER BY id DESC LIMIT $3";
const ROWS_OF_ALL: &str = "SELECT event FROM desk.access_log WHERE at >= $1 ORDER BY id DESC LIMIT $2";
const CHAIN_HEAD: &str = "SELECT counter, hash FROM desk.chain_head WHERE person = $1";
const CHAIN_ROWS: &str = "
    SELECT counter, salt, event, commitment, head, act, at, staff, organisation, allowed
    FROM desk.access_log WHERE person = $1 AND counter > $2 ORDER BY counter LIMIT $3";

/// Rows that are written together or not at all.
pub(crate) struct LogJob {
    pub(crate) rows: Vec<SaltedRow>,
    pub(crate) reply: Reply<Vec<Receipt>>,
}

type Answers = Vec<Result<Vec<Receipt>, StoreError>>;

/// Writes what the jobs bring and answers them.
pub(crate) async fn append_group(pools: Arc<Pools>, jobs: Vec<LogJob>) {
    let (wanted, replies): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.rows, job.reply)).unzip();
    let answers = write_group(&pools, &wanted).await;
    for (reply, answer) in replies.into_iter().zip(answers) {
        // A caller that went away meanwhile needs no answer; its row is durable all the same.
        let _ = reply.send(answer);
    }
}

/// Writes all jobs in one transaction. When the server refuses the whole for what
/// one of them holds, each is written alone, so that it fails alone.
async fn write_group(pools: &Pools, jobs: &[Vec<SaltedRow>]) -> Answers {
    match write_together(pools, jobs).await {
        Ok(answers) => answers,
        Err(error) if jobs.len() > 1 && !error.may_pass() => {
            let mut answers = Vec::with_capacity(jobs.len());
            for job in jobs {
                let alone = write_together(pools, std::slice::from_ref(job)).await;
                answers.extend(alone.unwrap_or_else(|error| vec![Err(error)]));
            }
            answers
        }
        Err(error) => {
            tracing::error!(%error, callers = jobs.len(), "rows of the access log were not written");
            jobs.iter().map(|_| Err(error.again())).collect()
        }
    }
}

/// Two round trips: the lock with the state of all chains, then rows, heads and
/// COMMIT. A connection that is lost in the first leaves nothing and is replaced
/// once; one that is lost in the second leaves the outcome unknown, which its
/// callers take for a failure: they have no receipt, and show nothing.
async fn write_together(pools: &Pools, jobs: &[Vec<SaltedRow>]) -> Result<Answers, StoreError> {
    let mut people: Vec<i64> = jobs.iter().flatten().map(SaltedRow::chain).collect();
    people.sort_unstable();
    people.dedup();
    let (transaction, rows) = match read_chains(pools, &people).await {
        Err(StoreError::Server(ServerFailure::Unreachable)) => {
            pools.forget(Role::Desk);
            read_chains(pools, &people).await?
        }
        read => read?,
    };
    let mut chains = rows.iter().map(chain).collect::<Result<Chains, _>>()?;
    let mut written = Written::default();
    let answers: Answers = jobs.iter().map(|job| chains.join_all(job, &mut written)).collect();
    written.save(transaction, &chains).await?;
    Ok(answers)
}

async fn read_chains(pools: &Pools, people: &[i64]) -> Result<(Transaction, Vec<Row>), StoreError> {
    let mut transaction = Transaction::new(pools.get(Role::Desk).await?);
    let steps = [Step { sql: TAKE_LOCK, values: &[&LOG_LOCK] }, Step { sql: CHAINS, values: &[&people] }];
    pools.counters().read_within_write();
    let rows = transaction.begin(&steps).await?.pop().unwrap_or_default();
    Ok((transaction, rows))
}

/// How one chain stands.
#[derive(Clone, Copy)]
struct Chain {
    /// Of the person's facts.
    version: i64,
    head: Head,
    has_moved: bool,
}

fn chain(row: &Row) -> Result<(i64, Chain), StoreError> {
    let head = match row.try_get::<_, Option<i64>>(2)? {
        Some(counter) => head(counter, row.try_get(3)?)?,
        None => Head::start(),
    };
    Ok((row.try_get(0)?, Chain { version: row.try_get(1)?, head, has_moved: false }))
}

fn head(counter: i64, hash: &[u8]) -> Result<Head, StoreError> {
    Ok(Head { counter: counter.cast_unsigned(), hash: hash32(hash)? })
}

fn hash32(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("a hash of the access log".to_owned()))
}

/// The chains of a group, by person.
struct Chains(BTreeMap<i64, Chain>);

impl FromIterator<(i64, Chain)> for Chains {
    fn from_iter<I: IntoIterator<Item = (i64, Chain)>>(chains: I) -> Self {
        Self(chains.into_iter().collect())
    }
}

impl Chains {
    /// Joins the rows of one job to their chains: all, or none.
    fn join_all<'a>(&mut self, job: &'a [SaltedRow], written: &mut Written<'a>) -> Result<Vec<Receipt>, StoreError> {
        let mut moved: BTreeMap<i64, Head> = BTreeMap::new();
        let mut joined = Vec::with_capacity(job.len());
        for salted in job {
            let person = salted.chain();
            let before = self.0.get(&person).ok_or(StoreError::Closed)?;
            salted.facts_must_stand(before.version)?;
            let head = salted.join(moved.get(&person).unwrap_or(&before.head));
            moved.insert(person, head);
            joined.push((salted, head));
        }
        for (person, head) in moved {
            self.0.entry(person).and_modify(|chain| (chain.head, chain.has_moved) = (head, true));
        }
        let receipts = joined.iter().map(|(salted, head)| salted.receipt(head)).collect();
        joined.into_iter().for_each(|(salted, head)| written.push(salted, head));
        Ok(receipts)
    }
}

/// The rows of a group, column by column.
#[derive(Default)]
struct Written<'a> {
    person: Vec<i64>,
    counter: Vec<i64>,
    act: Vec<&'static str>,
    at: Vec<i64>,
    staff: Vec<&'a str>,
    organisation: Vec<&'a str>,
    allowed: Vec<bool>,
    salt: Vec<&'a [u8]>,
    event: Vec<&'a [u8]>,
    commitment: Vec<&'a [u8]>,
    head: Vec<Vec<u8>>,
}

impl<'a> Written<'a> {
    fn push(&mut self, salted: &'a SaltedRow, head: Head) {
        let event = &salted.row.event;
        self.person.push(salted.chain());
        self.counter.push(head.counter.cast_signed());
        self.act.push(event.act.code());
        self.at.push(event.at.as_second());
        self.staff.push(&event.staff_id);
        self.organisation.push(&event.organisation);
        self.allowed.push(event.outcome == Outcome::Allowed);
        self.salt.push(salted.salt.as_bytes());
        self.event.push(&salted.canonical);
        self.commitment.push(salted.commitment.as_bytes());
        self.head.push(head.hash.to_vec());
    }

    async fn save(&self, transaction: Transaction, chains: &Chains) -> Result<(), StoreError> {
        if self.person.is_empty() {
            return transaction.commit().await;
        }
        let moved: Vec<(&i64, &Chain)> = chains.0.iter().filter(|(_, chain)| chain.has_moved).collect();
        let people: Vec<i64> = moved.iter().map(|(person, _)| **person).collect();
        let counters: Vec<i64> = moved.iter().map(|(_, chain)| chain.head.counter.cast_signed()).collect();
        let hashes: Vec<&[u8]> = moved.iter().map(|(_, chain)| chain.head.hash.as_slice()).collect();
        let append = Step {
            sql: APPEND,
            values: &[
                &self.person,
                &self.counter,
                &self.act,
                &self.at,
                &self.staff,
                &self.organisation,
                &self.allowed,
                &self.salt,
                &self.event,
                &self.commitment,
                &self.head,
            ],
        };
        transaction.end(&[append, Step { sql: MOVE_HEADS, values: &[&people, &counters, &hashes] }]).await
    }
}

/// Events of the log, newest first. The role sees rows of the named organisation
/// alone, whatever the statement asks for.
pub(crate) async fn rows(server: &Server, wanted: &RowsWanted) -> Result<Vec<Event>, StoreError> {
    server.twice(Role::Reads, || rows_once(server, wanted)).await
}

async fn rows_once(server: &Server, wanted: &RowsWanted) -> Result<Vec<Event>, StoreError> {
    let see_as = wanted.organisation.as_deref().unwrap_or("*");
    let person = wanted.about.map(|person| person.0.cast_signed());
    let (since, limit) = (wanted.since, wanted.at_most);
    let mut transaction = Transaction::new(server.pools.get(Role::Reads).await?);
    server.pools.counters().read();
    let named = Step { sql: SEE_AS, values: &[&see_as] };
    let found = match (&person, &wanted.organisation) {
        (Some(person), organisation) => {
            transaction.begin(&[named, Step { sql: ROWS_ABOUT, values: &[person, organisation, &since, &limit] }]).await
        }
        (None, Some(organisation)) => {
            transaction.begin(&[named, Step { sql: ROWS_OF_ONE, values: &[organisation, &since, &limit] }]).await
        }
        (None, None) => transaction.begin(&[named, Step { sql: ROWS_OF_ALL, values: &[&since, &limit] }]).await,
    };
    let rows = found?.pop().unwrap_or_default();
    transaction.commit().await?;
    rows.iter().map(|row| event_from(row.try_get(0)?)).collect()
}

/// Checks a chain, a page at a time, and says how many rows it has. All pages and
/// the head are of one moment.
pub(crate) async fn verify(server: &Server, chain: i64) -> Result<u64, StoreError> {
    server.twice(Role::Desk, || verify_once(server, chain)).await
}

async fn verify_once(server: &Server, chain: i64) -> Result<u64, StoreError> {
    let mut client = server.pools.get(Role::Desk).await?;
    let moment = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let heads = moment.prepare_cached(CHAIN_HEAD).await?;
    let known = match moment.query_opt(&heads, &[&chain]).await? {
        Some(row) => head(row.try_get(0)?, row.try_get(1)?)?,
        None => Head::start(),
    };
    let pages = moment.prepare_cached(CHAIN_ROWS).await?;
    let mut following = Following::new(chain);
    let mut after = i64::MIN;
    loop {
        let rows = moment.query(&pages, &[&chain, &after, &PAGE]).await?;
        for row in &rows {
            following.take(&stored_row(row)?)?;
        }
        match rows.last() {
            Some(row) => after = row.try_get(0)?,
            None => break,
        }
    }
    moment.commit().await?;
    following.end(&known)
}

fn stored_row(row: &Row) -> Result<StoredRow, StoreError> {
    let chained = ChainRow {
        counter: row.try_get::<_, i64>(0)?.cast_unsigned(),
        salt: Salt::from_bytes(hash32(row.try_get(1)?)?),
        canonical: row.try_get(2)?,
        commitment: Commitment::from_bytes(hash32(row.try_get(3)?)?),
        hash: hash32(row.try_get(4)?)?,
    };
    let columns = Columns {
        act: row.try_get(5)?,
        at: row.try_get(6)?,
        staff: row.try_get(7)?,
        organisation: row.try_get(8)?,
        allowed: Some(row.try_get(9)?),
    };
    Ok(StoredRow { chained, columns })
}
