//! Dictionaries: trained on what came in, used for what comes in next.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::bodies::{Bodies, DICTIONARY_BYTES_MAX, Dictionary, shape, train};
use crate::error::StoreError;
use crate::inbox::Inbox;
use crate::{Place, sqlite};

/// How many of the newest messages are looked at.
pub const SAMPLED_MAX: i64 = 10_000;
/// Fewer messages of one shape than this do not make a dictionary.
pub const SAMPLES_MIN: usize = 200;
/// No more messages of one shape than this are trained on.
const SAMPLES_MAX: usize = 1_000;
/// No more of one message is trained on, in bytes.
const SAMPLE_BYTES_MAX: usize = 2 * DICTIONARY_BYTES_MAX;

/// A dictionary that was trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    /// Its number.
    pub number: u32,
    /// For messages of this shape: `hl7v2 ADT`, `json Bundle`.
    pub shape: String,
    /// On how many messages.
    pub samples: usize,
    /// Its length.
    pub size_bytes: usize,
}

impl Inbox {
    /// Trains a new dictionary for each shape of which there are enough messages.
    /// From now on it is used; what is stored keeps the one with which it was stored.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn train_dictionaries(&self, at: Timestamp) -> Result<Vec<Trained>, StoreError> {
        self.place.learn_dictionaries(&self.bodies).await?;
        let mut trained = Vec::new();
        for (shape, samples) in self.samples().await? {
            if samples.len() < SAMPLES_MIN {
                continue;
            }
            let count = samples.len();
            let training = tokio::task::spawn_blocking(move || train(&samples));
            let Some(bytes) = training.await.map_err(|_| StoreError::Closed)? else { continue };
            let (size_bytes, bytes) = (bytes.len(), Arc::<[u8]>::from(bytes));
            let number = self.place.keep_dictionary(&shape, at, &bytes).await?;
            self.bodies.learn(vec![Dictionary { number, shape: shape.clone(), bytes }]);
            trained.push(Trained { number, shape, samples: count, size_bytes });
        }
        Ok(trained)
    }

    /// The newest messages by shape, each cut to what is worth training on.
    async fn samples(&self) -> Result<BTreeMap<String, Vec<Vec<u8>>>, StoreError> {
        let mut samples: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for (body, size) in self.place.newest_bodies(SAMPLED_MAX).await? {
            let mut message = self.bodies.unpack(&body, size)?;
            let of_shape = samples.entry(shape(&message)).or_default();
            if of_shape.len() < SAMPLES_MAX {
                message.truncate(SAMPLE_BYTES_MAX);
                of_shape.push(message);
            }
        }
        Ok(samples)
    }
}

impl Place {
    /// Learns every dictionary that the store holds.
    pub(crate) async fn learn_dictionaries(&self, bodies: &Bodies) -> Result<(), StoreError> {
        let dictionaries = match self {
            Self::Sqlite { record, .. } => record.read(sqlite::dictionaries::all).await?,
            Self::Postgres(server) => server.dictionaries().await?,
        };
        bodies.learn(dictionaries);
        Ok(())
    }

    async fn keep_dictionary(&self, shape: &str, at: Timestamp, bytes: &Arc<[u8]>) -> Result<u32, StoreError> {
        let (shape, bytes, at) = (shape.to_owned(), Arc::clone(bytes), at.as_second());
        match self {
            Self::Sqlite { record, .. } => {
                record
                    .write("keep dictionary", move |connection| {
                        sqlite::dictionaries::insert(connection, &shape, at, &bytes)
                    })
                    .await
            }
            Self::Postgres(server) => server.keep_dictionary(&shape, at, &bytes).await,
        }
    }

    async fn newest_bodies(&self, count_max: i64) -> Result<Vec<(Vec<u8>, i64)>, StoreError> {
        match self {
            Self::Sqlite { record, .. } => {
                record.read(move |connection| sqlite::dictionaries::newest_bodies(connection, count_max)).await
            }
            Self::Postgres(server) => server.newest_bodies(count_max).await,
        }
    }
}
