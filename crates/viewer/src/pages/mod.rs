//! The pages. Each file holds one: its struct, with words ready to be read, and
//! what is tested about them. The template of the same name says where they stand.

pub(crate) mod appointments;
pub(crate) mod closed;
pub(crate) mod emergency;
pub(crate) mod feeds;
pub(crate) mod find_person;
pub(crate) mod identity_list;
pub(crate) mod identity_pair;
pub(crate) mod identity_preview;
pub(crate) mod identity_record;
pub(crate) mod identity_records;
pub(crate) mod identity_who_saw;
pub(crate) mod immunisations;
pub(crate) mod letters;
pub(crate) mod medicines;
pub(crate) mod one_test;
pub(crate) mod parts;
pub(crate) mod people;
pub(crate) mod permission;
pub(crate) mod problem;
pub(crate) mod problems;
pub(crate) mod quarantine;
pub(crate) mod quarantined;
pub(crate) mod quarantined_text;
pub(crate) mod results;
pub(crate) mod sign_in;
pub(crate) mod sources;
pub(crate) mod summary;
pub(crate) mod who_looked;
