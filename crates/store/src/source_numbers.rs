use std::collections::HashMap;

use record::{Source, SourceId};

use crate::error::StoreError;

/// The numbers under which sources are stored. A source that is no longer
/// configured keeps its number and its name: what it told stays readable.
#[derive(Debug, Default)]
pub(crate) struct SourceNumbers {
    configured: HashMap<i64, Source>,
    by_id: HashMap<SourceId, i64>,
    by_number: HashMap<i64, SourceId>,
}

impl SourceNumbers {
    /// The numbers that the database gave to sources, the same as ever before.
    pub(crate) fn new(sources: &[Source], stored: Vec<(i64, String)>) -> Result<Self, StoreError> {
        let mut numbers = Self::default();
        for (number, text) in stored {
            let id = SourceId::new(&text).map_err(|_| StoreError::Damaged("a source's id".to_owned()))?;
            if let Some(source) = sources.iter().find(|source| source.id == id) {
                numbers.configured.insert(number, source.clone());
            }
            numbers.by_id.insert(id.clone(), number);
            numbers.by_number.insert(number, id);
        }
        Ok(numbers)
    }

    /// The number of a source that is configured, or once was.
    pub(crate) fn number(&self, id: &SourceId) -> Result<i64, StoreError> {
        self.by_id.get(id).copied().ok_or_else(|| StoreError::UnknownSource(id.to_string()))
    }

    /// The number of a source that may deliver now.
    pub(crate) fn configured_number(&self, id: &SourceId) -> Result<i64, StoreError> {
        let number = self.number(id)?;
        if self.configured.contains_key(&number) { Ok(number) } else { Err(StoreError::UnknownSource(id.to_string())) }
    }

    /// The source with this number, where it is configured.
    pub(crate) fn configured(&self, number: i64) -> Option<&Source> {
        self.configured.get(&number)
    }

    /// The id of the source with this number. One that another program added since
    /// this one started is named by its number: it must not make a record unreadable.
    pub(crate) fn id(&self, number: i64) -> Result<SourceId, StoreError> {
        match self.by_number.get(&number) {
            Some(id) => Ok(id.clone()),
            None => SourceId::new(&format!("source-{number}"))
                .map_err(|_| StoreError::Damaged("a source's number".to_owned())),
        }
    }
}
