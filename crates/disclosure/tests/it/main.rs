//! What the one door promises, as sentences, over a real store.

#[cfg(test)]
mod copying;
#[cfg(test)]
mod door;
#[cfg(test)]
mod expected_sources;
#[cfg(test)]
mod exposure;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod identity_preview;
#[cfg(test)]
mod identity_record;
#[cfg(test)]
mod identity_work;
#[cfg(test)]
mod made_up;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod number_now_known;
#[cfg(test)]
mod order;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod reviewing;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod taint;
#[cfg(test)]
mod ways_out;
#[cfg(test)]
mod who;
#[cfg(test)]
mod world;
