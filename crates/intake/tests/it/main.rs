//! The intake, proved with real sockets, real files and a real store.

#[cfg(test)]
mod answered;
#[cfg(test)]
mod anything;
#[cfg(test)]
mod bad_hl7;
#[cfg(test)]
mod by_hand;
#[cfg(test)]
#[path = "../../../store/tests/it/certificates.rs"]
mod certificates;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod dialled;
#[cfg(test)]
mod door;
#[cfg(test)]
mod dropping;
#[cfg(test)]
mod fhir_bulk;
#[cfg(test)]
mod fhir_requests;
#[cfg(test)]
mod fhir_transactions;
#[cfg(test)]
mod half_frames;
#[cfg(test)]
mod hospital;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod mllp_tls;
#[cfg(test)]
mod order;
#[cfg(test)]
mod over_mllp;
#[cfg(test)]
mod pushing;
#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod stu3;
#[cfg(test)]
mod told_in_pieces;
