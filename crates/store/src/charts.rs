//! Charts, the persons they are linked to, and the keys by which people are found.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use record::{ChartId, Demographics, MessageId, PersonId};

use crate::alike::{LooksLike, counts_moved};
use crate::apply::{Candidate, ChartChange, IdentityRules, Placement};
use crate::error::StoreError;
use crate::foreseen::Moved;
use crate::order::Given;
use crate::ready::{Indexed, Ready};
use crate::rows::{ChartRow, Keys, Rows, ToldRow, WorkItem};
use crate::sent_away::SentAway;
use crate::told::{self, Told};
use crate::who_step::WhoStep;

/// What became of the chart that a change speaks of.
#[derive(Clone, Debug)]
pub(crate) enum ChartOutcome {
    /// It belongs to this person.
    Placed {
        /// The chart.
        chart: ChartId,
        /// Its person.
        person: PersonId,
    },
    /// The message contradicts who the chart's patient is: nothing of it is applied.
    Contradicts {
        /// The chart.
        chart: ChartId,
        /// Whose record waits.
        person: PersonId,
        /// Why.
        reasons: String,
    },
}

impl ChartOutcome {
    pub(crate) fn chart(&self) -> ChartId {
        match self {
            Self::Placed { chart, .. } | Self::Contradicts { chart, .. } => *chart,
        }
    }
}

/// Why a chart is whose it is that nobody knew before.
pub(crate) const FIRST_SEEN: &str = "first seen";

pub(crate) struct Placed {
    pub(crate) outcome: ChartOutcome,
    pub(crate) new_person: bool,
}

/// Placing one chart within the transaction that applies a message.
pub(crate) struct Placing<'a> {
    pub(crate) rows: &'a dyn Rows,
    pub(crate) rules: &'a IdentityRules,
    pub(crate) given: Option<&'a Given>,
    pub(crate) source: i64,
    pub(crate) message: MessageId,
    pub(crate) stated_at: Option<i64>,
    pub(crate) at: i64,
    /// Somebody decided that a message from before is applied now.
    pub(crate) is_by_hand: bool,
    /// Charts that have been joined or parted: whoever remembers whose a chart is looks again.
    pub(crate) moved: Moved,
    /// What was made ready of what the message tells.
    pub(crate) ready: &'a [Arc<Ready>],
    /// Whoever was last asked for as they stand in the look-ups.
    pub(crate) indexed: RefCell<Option<(Demographics, Arc<Indexed>)>>,
    /// Charts of a record that is being parted of which it is not settled whose they are: they speak for nobody.
    pub(crate) in_question: RefCell<BTreeSet<ChartId>>,
    /// For which of them new people were made.
    pub(crate) sent: &'a SentAway,
}

pub(crate) struct KnownChart {
    pub(crate) chart: ChartId,
    pub(crate) person: PersonId,
    pub(crate) told: Option<Told>,
    pub(crate) text: Option<String>,
    pub(crate) told_at: Option<i64>,
}

impl KnownChart {
    pub(crate) fn read(row: ChartRow) -> Result<Self, StoreError> {
        Ok(Self {
            chart: row.chart,
            person: row.person,
            told: row.told.as_deref().map(told::from_text).transpose()?,
            text: row.told,
            told_at: row.told_at,
        })
    }

    pub(crate) fn who(&self) -> Option<&Demographics> {
        self.told.as_ref().map(|told| &told.who)
    }
}

impl Placing<'_> {
    pub(crate) fn place(&self, change: &ChartChange) -> Result<Placed, StoreError> {
        let ready = self.ready(change);
        let row = self.rows.chart(self.source, &change.key)?;
        if let (Some(row), Some(ready)) = (&row, &ready)
            && row.told.as_ref() == Some(&ready.text)
        {
            // Word for word what most messages say again: it contradicts nothing.
            self.confirm_told(row.chart, row.told_at)?;
            return Ok(already(row.chart, row.person));
        }
        let told = ready.as_ref().map(|ready| &ready.told);
        match (row.map(KnownChart::read).transpose()?, told) {
            (Some(known), None) => Ok(already(known.chart, known.person)),
            (Some(known), Some(told)) => self.update(&self.still_joined(known, &change.key, &told.who)?, told),
            (None, told) => self.first_sight(&change.key, told),
        }
    }

    /// Whether a change contradicts who its chart's patient is. Writes nothing.
    pub(crate) fn contradicts(&self, change: &ChartChange) -> Result<bool, StoreError> {
        let before = self.known(&change.key)?.and_then(|known| known.told);
        let (Some(before), Some(told)) = (before, &change.told) else { return Ok(false) };
        let candidates = self.candidates_since(&before.who, told)?;
        Ok((self.rules.contradiction)(&before.who, told, &candidates).is_some())
    }

    /// Whoever else carries a number matters where it is not the one that the chart
    /// had: most messages tell that one.
    pub(crate) fn candidates_since(
        &self,
        before: &Demographics,
        told: &Demographics,
    ) -> Result<Vec<Candidate>, StoreError> {
        if told.nhs_number == before.nhs_number { Ok(Vec::new()) } else { self.candidates(told) }
    }

    /// Whether the chart of this key has told who its patient is.
    pub(crate) fn is_described(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.known(key)?.is_some_and(|known| known.told.is_some()))
    }

    /// Whose chart has this key, where it is known.
    pub(crate) fn person_of(&self, key: &str) -> Result<Option<PersonId>, StoreError> {
        Ok(self.known(key)?.map(|known| known.person))
    }

    fn known(&self, key: &str) -> Result<Option<KnownChart>, StoreError> {
        self.rows.chart(self.source, key)?.map(KnownChart::read).transpose()
    }

    /// The chart, parted from those with which its source had joined it where what is told now
    /// contradicts that. Only a number that is told anew, or a first description, can do so.
    fn still_joined(&self, known: KnownChart, key: &str, told: &Demographics) -> Result<KnownChart, StoreError> {
        let before = known.told.as_ref().map(|before| before.who.nhs_number);
        if before == Some(told.nhs_number) || before.is_some() && told.nhs_number.is_none() {
            return Ok(known);
        }
        let Some(row) = self.rows.chart(self.source, key)? else { return Ok(known) };
        if !self.part_what_contradicts(&row, told)? {
            return Ok(known);
        }
        let again = self.known(key)?.ok_or(StoreError::NotFound("chart"))?;
        self.still_joined(again, key, told)
    }

    pub(crate) fn first_sight(&self, key: &str, told: Option<&Told>) -> Result<Placed, StoreError> {
        let candidates = told.map_or(Ok(Vec::new()), |told| self.candidates(&told.who))?;
        let placement = told.map_or(Ok(Placement::NewPerson), |told| self.placement(&told.who, &candidates, None))?;
        let (person, new_person) = match &placement {
            Placement::Link(person, _) => (*person, false),
            _ => (self.new_person(key)?, true),
        };
        let number = self.given.map(|given| given.chart(key));
        let text = told.map(|told| self.text_of(told));
        let row = told.zip(text.as_deref()).map(|(told, text)| self.told_row(None, told, text));
        let chart = self.rows.insert_chart(self.source, key, person, number, row)?;
        let evidence = self.doubts_of(chart, person, &placement)?;
        self.rows.first_link(self.at, chart, person, evidence)?;
        // A chart is there from the version on that its coming makes.
        self.rows.chart_came(person, told.is_some_and(|told| told.who.restricted))?;
        Ok(Placed { outcome: ChartOutcome::Placed { chart, person }, new_person })
    }

    /// Where a chart belongs: by its number, and where nobody else has that, by how it
    /// looks. A chart that is known is told with its person, who is not weighed.
    pub(crate) fn placement(
        &self,
        told: &Demographics,
        candidates: &[Candidate],
        known: Option<&KnownChart>,
    ) -> Result<Placement, StoreError> {
        let carrying: Vec<PersonId> = candidates.iter().map(|candidate| candidate.person).collect();
        let own = (known.map(|known| known.chart), known.map(|known| known.person));
        match self.placed_by_number(told, candidates, known)? {
            Placement::NewPerson => self.place_alike(told, &carrying, own),
            Placement::NewPersonAndWorkList { conflicts, reasons } => match self.place_alike(told, &carrying, own)? {
                Placement::Link(person, why)
                    if conflicts == [person] && number_and_birth_agree(told, candidates, person) =>
                {
                    Ok(Placement::Link(person, why))
                }
                _ => Ok(Placement::NewPersonAndWorkList { conflicts, reasons }),
            },
            placement => Ok(placement),
        }
    }

    /// A person who was not known. In a record that is built anew the one for whom
    /// this chart was first seen, unless they have another chart there.
    fn new_person(&self, key: &str) -> Result<PersonId, StoreError> {
        self.rows.new_person(self.given.and_then(|given| given.person(key)))
    }

    /// A message about a known chart. Where it contradicts what the chart told,
    /// nothing is applied and somebody must look; the chart is not re-linked, unless
    /// it stands alone and only now tells the number of somebody whom it fits.
    ///
    /// What the message leaves out stays as it was told before; an older one that
    /// comes late overwrites nothing and fills what nobody has told since.
    fn update(&self, known: &KnownChart, told: &Told) -> Result<Placed, StoreError> {
        let Some(before) = &known.told else {
            let candidates = self.candidates(&told.who)?;
            // One that its source has joined with others is moved with them, or by people only.
            let alone = self.stands_alone(known.chart, known.person)?;
            return if alone {
                self.described_late(known, told, &candidates)
            } else {
                self.number_now_known(known, told, &candidates)
            };
        };
        let candidates = self.candidates_since(&before.who, &told.who)?;
        if let Some(reasons) = (self.rules.contradiction)(&before.who, &told.who, &candidates) {
            return self.contradicted(known, &self.candidates(&told.who)?, reasons);
        }
        // One that is applied by hand and cannot be compared counts as older: it fills, and overwrites nothing.
        let times = known.told_at.zip(self.stated_at);
        let is_older = times.map_or(self.is_by_hand, |(told_at, stated)| stated < told_at);
        let whole = if is_older { before.filled_from(told) } else { told.filled_from(before) };
        if known.text.as_deref() == Some(told::to_text(&whole).as_str()) {
            self.confirm_told(known.chart, known.told_at)?;
            return Ok(already(known.chart, known.person));
        }
        self.tells_else(known, &before.who, &whole, &candidates)
    }

    /// What is told now is not what was told before.
    fn tells_else(
        &self,
        known: &KnownChart,
        before: &Demographics,
        whole: &Told,
        candidates: &[Candidate],
    ) -> Result<Placed, StoreError> {
        let others_carry_it = candidates.iter().any(|candidate| candidate.person != known.person);
        if before.nhs_number.is_none() && others_carry_it {
            self.number_now_known(known, whole, candidates)
        } else {
            self.told_otherwise(known, before, whole)
        }
    }

    /// The chart came to tell all of this, and nothing was against it.
    pub(crate) fn tells_from_now(&self, known: KnownChart, key: &str, told: &Told) -> Result<Placed, StoreError> {
        let known = self.still_joined(known, key, &told.who)?;
        match known.who() {
            None => self.update(&known, told),
            Some(before) => self.tells_else(&known, before, told, &self.candidates_since(before, &told.who)?),
        }
    }

    /// The same was told again: from now on only what is newer than that may replace it.
    fn confirm_told(&self, chart: ChartId, told_at: Option<i64>) -> Result<(), StoreError> {
        if self.stated_at > told_at {
            self.rows.confirm_told(chart, self.stated_at)?;
        }
        Ok(())
    }

    pub(crate) fn settle(&self, chart: ChartId, person: PersonId, placement: &Placement) -> Result<(), StoreError> {
        let evidence = self.doubts_of(chart, person, placement)?;
        self.rows.link(self.at, chart, person, evidence)?;
        self.rows.links_moved(person)
    }

    /// Puts on the work list what is doubted of where a chart was placed. Gives why it is there.
    fn doubts_of<'p>(&self, chart: ChartId, person: PersonId, placement: &'p Placement) -> Result<&'p str, StoreError> {
        Ok(match placement {
            Placement::Link(_, evidence) => evidence.as_str(),
            Placement::NewPerson => FIRST_SEEN,
            Placement::NewPersonAndWorkList { conflicts, reasons } => {
                for other in conflicts {
                    self.work_item("same number", person, Some(*other), chart, reasons, None)?;
                }
                "first seen; waits on the work list"
            }
            Placement::NewPersonAndAsk(asked) => {
                self.ask(person, chart, asked)?;
                "first seen; waits on the work list"
            }
        })
    }

    /// Somebody is asked whether the chart's person is each of these.
    pub(crate) fn ask(&self, person: PersonId, chart: ChartId, asked: &[LooksLike]) -> Result<(), StoreError> {
        for one in asked.iter().filter(|one| one.person != person) {
            self.work_item("alike", person, Some(one.person), chart, &one.reasons, Some(one.odds_centibits))?;
        }
        Ok(())
    }

    /// What the chart tells, and the keys by which that is found: those of what it
    /// tells now, so that nobody is found by a number that was corrected.
    pub(crate) fn write_told(
        &self,
        chart: ChartId,
        person: PersonId,
        before: Option<&Demographics>,
        told: &Told,
    ) -> Result<(), StoreError> {
        let text = self.text_of(told);
        if let Some(row) = self.rows.chart_row(chart)?.filter(|row| row.told.as_deref() != Some(&*text)) {
            self.rows.note_step(&[chart], &WhoStep::Told(row.told).text())?;
        }
        self.rows.write_told(chart, person, self.told_row(before, told, &text))?;
        self.rows.update_restriction(person)
    }

    fn told_row<'t>(&self, before: Option<&Demographics>, told: &Told, text: &'t str) -> ToldRow<'t> {
        let indexed = self.indexed(&told.who);
        let before = before.map(|before| (self.rules.score.take_apart)(before).keys);
        let counted = counts_moved(before.as_ref(), &indexed.apart.keys);
        let number = told.who.nhs_number.map(|number| number.as_u64().cast_signed());
        ToldRow { text, told_at: self.stated_at, keys: Keys { number, found_by: indexed.found_by.clone(), counted } }
    }

    /// Puts a doubt on the work list, unless the same one waits there already.
    pub(crate) fn work_item(
        &self,
        kind: &'static str,
        person: PersonId,
        other: Option<PersonId>,
        chart: ChartId,
        reasons: &str,
        odds: Option<i64>,
    ) -> Result<(), StoreError> {
        let item = WorkItem {
            at: self.at,
            kind: kind.into(),
            person,
            other,
            chart,
            source: self.source,
            message: self.message,
            reasons: reasons.to_owned(),
            odds,
        };
        if !self.rows.work_item(item)? {
            return Ok(());
        }
        self.rows.links_moved(person)?;
        other.map_or(Ok(()), |other| self.rows.links_moved(other))
    }
}

/// Whether the only one who carries the number was born on the day that is told: then it is
/// the given name alone that the rule for numbers could not settle, and the score may.
fn number_and_birth_agree(told: &Demographics, candidates: &[Candidate], person: PersonId) -> bool {
    let born = told.birth_day();
    let agree = |chart: &Demographics| chart.nhs_number == told.nhs_number && chart.birth_day() == born;
    let theirs = candidates.iter().filter(|candidate| candidate.person == person);
    born.is_some() && theirs.flat_map(|candidate| &candidate.charts).any(agree)
}

pub(crate) fn already(chart: ChartId, person: PersonId) -> Placed {
    Placed { outcome: ChartOutcome::Placed { chart, person }, new_person: false }
}
