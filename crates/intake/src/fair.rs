//! Whose message is next, at becoming durable and at being applied. Sources take
//! turns, so that one with thousands of messages waiting delays another's single
//! message by a bounded number of its own.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use record::SourceId;
use tokio::sync::oneshot;

/// How many messages are applied at the same time, whatever sources they come from:
/// those that share one commit. A source that has one message waiting is passed
/// over by no more messages of others than these and one of each other source.
pub const APPLIED_AT_ONCE: usize = 128;

/// How many messages become durable at the same time: those that share one commit.
pub const RECEIVED_AT_ONCE: usize = 256;

/// Places that sources take in turn.
pub(crate) struct Turns {
    state: Mutex<State>,
}

struct State {
    /// Places that nobody has; none while anybody waits.
    free: usize,
    waiting: BTreeMap<SourceId, VecDeque<oneshot::Sender<Place>>>,
    /// The source that was given a place last.
    last: Option<SourceId>,
}

/// The right to do it with one message. It goes on to the next source when it is dropped.
pub(crate) struct Place(Option<Arc<Turns>>);

impl Turns {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        let state = State { free: places, waiting: BTreeMap::new(), last: None };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Waits until it is this source's turn. Within a source, who came first goes first.
    pub(crate) async fn place(self: &Arc<Self>, source: &SourceId) -> Place {
        let given = {
            let mut state = self.state();
            if let Some(less) = state.free.checked_sub(1) {
                state.free = less;
                return Place(Some(Arc::clone(self)));
            }
            let (give, given) = oneshot::channel();
            state.waiting.entry(source.clone()).or_default().push_back(give);
            given
        };
        // Nobody drops what they have to give while they can be asked.
        given.await.unwrap_or(Place(None))
    }

    /// Places beside the one that somebody has, at most so many: only such as nobody waits for.
    pub(crate) fn spare(self: &Arc<Self>, count_max: usize) -> Vec<Place> {
        let mut state = self.state();
        let count = state.free.min(count_max);
        state.free -= count;
        (0..count).map(|_| Place(Some(Arc::clone(self)))).collect()
    }

    /// How many of this source wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self, source: &SourceId) -> usize {
        self.state().waiting.get(source).map_or(0, VecDeque::len)
    }

    fn pass_on(self: &Arc<Self>) {
        let next = self.state().next();
        if let Some(next) = next {
            // Comes back, and is passed on again, where its receiver is gone.
            let _ = next.send(Place(Some(Arc::clone(self))));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Who waits longest of the source behind the one that came last; where nobody
    /// waits, the place is free.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let behind = self.last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut from_there = self.waiting.range::<SourceId, _>((behind, Bound::Unbounded));
        let source = from_there.next().or_else(|| self.waiting.first_key_value()).map(|(source, _)| source.clone());
        let Some(source) = source else {
            self.free += 1;
            return None;
        };
        let queue = self.waiting.get_mut(&source)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&source);
        }
        self.last = Some(source);
        next
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use proptest::prelude::*;

    use super::*;

    type Waiting = Pin<Box<dyn Future<Output = Place>>>;

    fn source(number: usize) -> SourceId {
        SourceId::new(&format!("source-{number:03}")).unwrap()
    }

    fn ask(turns: &Arc<Turns>, number: usize) -> Waiting {
        let turns = Arc::clone(turns);
        Box::pin(async move { turns.place(&source(number)).await })
    }

    fn is_given(waiting: &mut Waiting) -> Option<Place> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    /// In which order whoever waits is served, one place going from hand to hand.
    fn served(turns: &Arc<Turns>, held: Place, mut waiting: Vec<(usize, Waiting)>) -> Vec<usize> {
        // Asked for in this order.
        assert!(waiting.iter_mut().all(|(_, one)| is_given(one).is_none()));
        let (mut order, mut held) = (Vec::new(), Some(held));
        while !waiting.is_empty() {
            drop(held.take());
            let next = waiting.iter_mut().enumerate().find_map(|(at, (_, one))| Some((at, is_given(one)?)));
            let (at, place) = next.expect("somebody is served");
            order.push(waiting.remove(at).0);
            held = Some(place);
        }
        drop(held);
        assert_eq!(turns.state().free, 1);
        order
    }

    #[test]
    fn a_source_with_a_thousand_waiting_lets_another_go_after_one_more() {
        let turns = Turns::new(1);
        let held = is_given(&mut ask(&turns, 0)).unwrap();
        let waiting = (0..1_000).map(|_| 0).chain([1]).map(|number| (number, ask(&turns, number))).collect();
        let order = served(&turns, held, waiting);
        assert!(order.iter().position(|number| *number == 1).unwrap() <= 1, "{:?}", &order[..4]);
    }

    #[test]
    fn spare_places_are_only_those_that_nobody_waits_for() {
        let turns = Turns::new(3);
        let held = is_given(&mut ask(&turns, 0)).unwrap();
        let spare = turns.spare(9);
        assert_eq!((spare.len(), turns.spare(9).len()), (2, 0));
        let mut waiting = ask(&turns, 1);
        assert!(is_given(&mut waiting).is_none());
        drop(held);
        assert!(turns.spare(9).is_empty(), "it went to whoever waits");
        drop((spare, is_given(&mut waiting)));
        assert_eq!(turns.state().free, 3);
    }

    #[test]
    fn a_place_given_to_somebody_who_is_gone_goes_on_to_the_next() {
        let turns = Turns::new(1);
        let held = is_given(&mut ask(&turns, 0)).unwrap();
        let (mut gone, mut there) = (ask(&turns, 1), ask(&turns, 2));
        assert!(is_given(&mut gone).is_none() && is_given(&mut there).is_none());
        drop(gone);
        drop(held);
        drop(is_given(&mut there).expect("it is passed on"));
        assert_eq!(turns.state().free, 1);
    }

    proptest! {
        #[test]
        fn between_two_turns_of_a_source_that_waits_no_other_has_two(
            numbers in prop::collection::vec(0usize..5, 1..200),
        ) {
            let turns = Turns::new(1);
            let held = is_given(&mut ask(&turns, 9)).unwrap();
            let waiting = numbers.iter().map(|number| (*number, ask(&turns, *number))).collect();
            let order = served(&turns, held, waiting);
            for number in 0..5 {
                let turns: Vec<usize> = (0..order.len()).filter(|at| order[*at] == number).collect();
                for pair in turns.windows(2) {
                    let mut between = order[pair[0] + 1..pair[1]].to_vec();
                    let count = between.len();
                    between.sort_unstable();
                    between.dedup();
                    prop_assert_eq!(between.len(), count);
                }
            }
        }
    }
}
