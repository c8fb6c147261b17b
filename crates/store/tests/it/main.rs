//! The one integration binary of this crate: what the store promises, told as stories on a folder of their own.

#[cfg(test)]
mod alike_rebuilt;
#[cfg(test)]
mod all_or_none;
#[cfg(test)]
mod as_of;
#[cfg(test)]
mod bad_disk;
#[cfg(test)]
mod by_hand;
#[cfg(test)]
mod by_hand_rebuilt;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod counters;
#[cfg(test)]
mod database;
#[cfg(test)]
mod decided_in_any_order;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod dictionaries;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod exposure;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod gauges;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod identity_decided;
mod identity_foreseen;
#[cfg(test)]
mod identity_in_any_order;
#[cfg(test)]
mod identity_kit;
#[cfg(test)]
mod identity_taken_back;
#[cfg(test)]
mod identity_undone;
#[cfg(test)]
mod identity_undoubted;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod late_messages;
#[cfg(test)]
mod less_told;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod log;
#[cfg(test)]
mod looking_alike;
#[cfg(test)]
mod lowered;
#[cfg(test)]
mod made_ready;
#[cfg(test)]
mod merged;
#[cfg(test)]
mod merged_in_any_order;
#[cfg(test)]
mod merging_kit;
#[cfg(test)]
mod numbers_known_later;
#[cfg(test)]
mod openings;
#[cfg(test)]
mod over_tls;
#[cfg(test)]
mod parted;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod quarantined;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod reads_refused;
#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod refiled;
#[cfg(test)]
mod removed;
#[cfg(test)]
mod removed_items;
#[cfg(test)]
mod removed_versions;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod retained;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod searches;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stood;
#[cfg(test)]
mod syscalls;
#[cfg(test)]
mod taken_back;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod together;
#[cfg(test)]
mod told_apart_unread;
