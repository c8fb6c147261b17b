use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use disclosure::LinkVerdict;
use identity::{Features, Figures, MatchingSet, TierFigures, Weights, evaluate, evaluate_one_by_one, train};
use serde::Serialize;

use crate::commands::decide_identity::{Decide, TakeBack, Unlink};
use crate::commands::exposure::ReportExposure;
use crate::commands::show_record::ShowRecord;
use crate::commands::work_list::WorkList;
use crate::commands::written::Written;

/// Who is one person: what is doubted, and the rules measured and trained.
#[derive(Subcommand)]
pub(crate) enum IdentityCommand {
    /// Puts the records of a file together and counts against the truth (docs/identity.md).
    Evaluate(Evaluate),
    /// Estimates the weights from records without knowing who is who.
    Train(Train),
    /// Lists what is doubted, the highest risk first.
    WorkList(WorkList),
    /// Shows the charts of one person, whether or not anybody doubts them.
    Show(ShowRecord),
    /// Both records of a doubt are one person's.
    Link(Decide),
    /// They are two people's.
    KeepApart(Decide),
    /// Their source is asked; the doubt stays on the list.
    Ask(Decide),
    /// Takes a chart out of a record that holds two people.
    Unlink(Unlink),
    /// A decision is as if it had never been made.
    TakeBack(TakeBack),
    /// Reports who saw a record while it held two people.
    Exposure(ReportExposure),
}

impl IdentityCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Evaluate(evaluate) => evaluate.run(),
            Self::Train(train) => train.run(),
            Self::WorkList(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Link(decide) => decide.run(LinkVerdict::SamePerson).await,
            Self::KeepApart(decide) => decide.run(LinkVerdict::NotTheSame).await,
            Self::Ask(decide) => decide.run(LinkVerdict::AskTheSource).await,
            Self::Unlink(unlink) => unlink.run().await,
            Self::TakeBack(taken) => taken.run().await,
            Self::Exposure(report) => report.run().await,
        }
    }
}

/// Puts the records of a file together and counts against the truth.
#[derive(Args)]
pub(crate) struct Evaluate {
    /// Records: CSV with a header, our own columns or FEBRL's.
    #[arg(long)]
    records: PathBuf,
    /// True pairs: CSV of two record ids a line. Without it, or where it is a file of records, the truth is
    /// read from FEBRL's record ids.
    #[arg(long)]
    truth: Option<PathBuf>,
    /// A column that is taken as not told; may be given several times, or several parted by commas.
    #[arg(long, value_delimiter = ',')]
    hide: Vec<String>,
    /// Other weights than those of the program.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// As the store does it: each record among those before it, with what was counted until then.
    #[arg(long)]
    one_by_one: bool,
    /// How the figures are written.
    #[arg(long, value_enum, default_value_t = Written::Text)]
    format: Written,
}

/// The figures and how long they took.
struct Timed {
    figures: Figures,
    seconds: f64,
}

/// What `--format json` emits, and nothing more: other programs read it.
#[derive(Serialize)]
struct Emitted {
    automatic: TierFigures,
    with_work_list: TierFigures,
    work_list_pairs: u64,
    records_listed: u64,
    records: u64,
    seconds: f64,
}

impl Emitted {
    fn of(timed: &Timed) -> Self {
        let figures = &timed.figures;
        Self {
            automatic: figures.automatic,
            with_work_list: figures.with_work_list,
            work_list_pairs: figures.work_list_pairs,
            records_listed: figures.records_listed,
            records: figures.records,
            seconds: timed.seconds,
        }
    }
}

impl Evaluate {
    fn run(self) -> anyhow::Result<()> {
        let weights = weights(self.weights.as_deref())?;
        #[expect(clippy::disallowed_methods, reason = "the command tells how long it took")]
        let began = Instant::now();
        let set = read(&self.records, &self.hide)?;
        let truth = match self.truth.filter(|truth| *truth != self.records) {
            None => set.truth_of_ids()?,
            Some(path) => set.truth_of_pairs(&bytes(&path)?).with_context(|| path.display().to_string())?,
        };
        let figures = if self.one_by_one {
            evaluate_one_by_one(&set.charts, &truth, &weights)
        } else {
            evaluate(&set.charts, &truth, &weights).0
        };
        let timed = Timed { figures, seconds: began.elapsed().as_secs_f64() };
        match self.format {
            Written::Json => {
                eprint!("{}", not_used(&set));
                println!("{}", serde_json::to_string_pretty(&Emitted::of(&timed))?);
            }
            Written::Text => print!("{}{}", table(&timed), not_used(&set)),
        }
        Ok(())
    }
}

fn table(timed: &Timed) -> String {
    let figures = &timed.figures;
    let tier = |name: &str, tier: &TierFigures| {
        let TierFigures { precision, recall, f1, false_links, missed_links } = tier;
        format!("{name:<16}{precision:>10.4}{recall:>10.4}{f1:>10.4}{false_links:>13}{missed_links:>14}\n")
    };
    let mut text = format!(
        "{:<16}{:>10}{:>10}{:>10}{:>13}{:>14}\n",
        "", "precision", "recall", "f1", "false links", "missed links"
    );
    text.push_str(&tier("automatic", &figures.automatic));
    text.push_str(&tier("with work list", &figures.with_work_list));
    text.push_str(&format!(
        "{} pairs on the work list, {} of them true; {} of {} records listed; {:.1} seconds\n",
        figures.work_list_pairs, figures.work_list_true_pairs, figures.records_listed, figures.records, timed.seconds
    ));
    text
}

/// What of the file says nothing to the rules: whoever reads the figures has to know.
fn not_used(set: &MatchingSet) -> String {
    let mut text = String::new();
    if !set.columns_not_used.is_empty() {
        text.push_str(&format!("columns not used: {}\n", set.columns_not_used.join(", ")));
    }
    if set.births_not_read > 0 {
        text.push_str(&format!("birth dates not read, or standing for \"not known\": {}\n", set.births_not_read));
    }
    text
}

/// Estimates the weights from records without knowing who is who.
#[derive(Args)]
pub(crate) struct Train {
    /// Records: CSV as for `evaluate`; may be given several times.
    #[arg(long, required = true, num_args = 1..)]
    records: Vec<PathBuf>,
    /// The weights to start from; those of the program without it.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Where the new weights are written; standard output without it.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Train {
    fn run(self) -> anyhow::Result<()> {
        let mut charts: Vec<Features> = Vec::new();
        for path in &self.records {
            charts.extend(read(path, &[])?.charts);
        }
        let trained = train(&charts, &weights(self.weights.as_deref())?)?;
        let text = format!(
            "# What each level of agreement counts, and from where on a pair is linked or listed (docs/identity.md).\n\
             # Written by `connect-care identity train`: {} records, {} pairs, of which {:.0} of one person.\n{}",
            charts.len(),
            trained.pairs,
            trained.one_person,
            trained.weights.to_text()
        );
        match &self.out {
            None => print!("{text}"),
            Some(path) => std::fs::write(path, text).with_context(|| path.display().to_string())?,
        }
        Ok(())
    }
}

fn weights(path: Option<&Path>) -> anyhow::Result<Weights> {
    match path {
        None => Ok(Weights::built_in()?),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Weights::parse(&text).with_context(|| path.display().to_string())
        }
    }
}

fn read(path: &Path, hide: &[String]) -> anyhow::Result<MatchingSet> {
    MatchingSet::read(&bytes(path)?, hide).with_context(|| path.display().to_string())
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_one_object_of_the_fields_that_are_promised_and_no_others() {
        let set = MatchingSet::read(b"rec_id,surname\nrec-0-org,Okafor\nrec-0-dup-0,Okafor\n", &[]).unwrap();
        let truth = set.truth_of_ids().unwrap();
        let (figures, _) = evaluate(&set.charts, &truth, &Weights::built_in().unwrap());
        let json = serde_json::to_value(Emitted::of(&Timed { figures, seconds: 0.5 })).unwrap();
        let names = |value: &serde_json::Value| -> Vec<String> {
            let fields = value.as_object().unwrap().iter();
            fields.filter(|(_, value)| value.is_number() || value.is_object()).map(|(name, _)| name.clone()).collect()
        };
        let mut all = names(&json);
        all.sort();
        let wanted = ["automatic", "records", "records_listed", "seconds", "with_work_list", "work_list_pairs"];
        assert_eq!(all, wanted);
        assert_eq!(json.as_object().unwrap().len(), wanted.len());
        for tier in ["automatic", "with_work_list"] {
            let mut figures = names(&json[tier]);
            figures.sort();
            assert_eq!(figures, ["f1", "false_links", "missed_links", "precision", "recall"], "{tier}");
        }
    }

    #[test]
    fn a_generated_region_is_put_together_without_a_false_link_and_teaches_sound_weights() {
        let generated = simulator::IdentitySet::new(77, 8_000);
        let set = MatchingSet::read(generated.records.as_bytes(), &[]).unwrap();
        let truth = set.truth_of_pairs(generated.truth.as_bytes()).unwrap();
        let weights = Weights::built_in().unwrap();
        let (figures, _) = evaluate(&set.charts, &truth, &weights);
        assert_eq!(figures.automatic.false_links, 0);
        assert!(figures.automatic.recall >= 0.95, "{figures:?}");
        assert!(figures.records_listed * 40 <= figures.records, "{figures:?}");

        let trained = train(&set.charts, &weights).unwrap().weights;
        assert_eq!(Weights::parse(&trained.to_text()).unwrap().to_text(), trained.to_text());
        let (again, _) = evaluate(&set.charts, &truth, &trained);
        assert_eq!(again.automatic.false_links, 0);
    }
}
