//! The numbers under which sources are stored in PostgreSQL.

use record::Source;

use super::connect::Role;
use super::server::Server;
use crate::error::StoreError;

const REGISTER: &str = "
    INSERT INTO record.source (id, organisation) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation
    WHERE record.source.organisation IS DISTINCT FROM excluded.organisation";

impl Server {
    /// Gives each configured source its number; every source that ever had one.
    pub(crate) async fn register(&self, sources: &[Source]) -> Result<Vec<(i64, String)>, StoreError> {
        let ids: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
        let organisations: Vec<&str> = sources.iter().map(|source| source.organisation.as_str()).collect();
        self.rows(Role::Intake, REGISTER, &[&ids, &organisations]).await?;
        let rows = self.rows(Role::Intake, "SELECT number, id FROM record.source", &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}
