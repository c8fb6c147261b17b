use anyhow::bail;
use clap::Args;
use disclosure::{IdentityAsked, LinkVerdict};
use record::ChartId;

use crate::commands::inbox::StoreArguments;
use crate::operator;

/// Which doubt, why and for whom.
#[derive(Args)]
pub(crate) struct Decide {
    /// Its id, as `identity work-list` gives it; or that of a record, as `identity show` does.
    id: u64,
    /// Why: kept with the decision and in the access log.
    #[arg(long)]
    reason: String,
    /// For which operator.
    #[arg(long)]
    operator: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Takes a chart out of a record that holds two people.
#[derive(Args)]
pub(crate) struct Unlink {
    /// The chart's number.
    #[arg(long)]
    chart: u64,
    #[command(flatten)]
    decide: Decide,
}

/// Takes a decision back.
#[derive(Args)]
pub(crate) struct TakeBack {
    /// The decision's number, as it was printed when it was carried out.
    #[arg(long)]
    decision: u64,
    #[command(flatten)]
    decide: Decide,
}

impl TakeBack {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        self.decide.run(LinkVerdict::TakeBack(self.decision)).await
    }
}

impl Unlink {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        self.decide.run(LinkVerdict::Unlink(ChartId(self.chart))).await
    }
}

impl Decide {
    /// Writes the decision down, carries it out and says what came of it.
    pub(crate) async fn run(self, verdict: LinkVerdict) -> anyhow::Result<()> {
        let (config, rooms) = self.store.open().await?;
        let caller = operator::caller(&config, self.operator.as_deref())?;
        let seen = rooms.disclosure.identity_preview(&caller, self.id, verdict).await?.pair.seen.token().to_owned();
        let asked = rooms.disclosure.decide_identity(&caller, self.id, &seen, verdict, &self.reason).await?;
        match asked {
            // With this number it is taken back.
            IdentityAsked::Noted(decision) => eprintln!("decision {decision}"),
            IdentityAsked::NeedsSecondReviewer(act) => {
                println!(
                    "noted as {act}: names and birth date both differ, another member of staff has to say the same"
                );
                rooms.close().await;
                return Ok(());
            }
            refused => bail!("{}", words(self.id, refused)),
        }
        rooms.intake.carry_out_links().await?;
        let shown = rooms.disclosure.identity_work(&caller).await?;
        let done =
            shown.settled.iter().find(|one| IdentityAsked::Noted(one.id) == asked).and_then(|one| one.done.as_ref());
        println!("{}", done.map_or("noted", |(_, outcome)| outcome.as_str()));
        rooms.close().await;
        Ok(())
    }
}

fn words(id: u64, refused: IdentityAsked) -> String {
    match refused {
        IdentityAsked::NotWaiting => format!("{id} no longer waits"),
        IdentityAsked::UnderWay => format!("something else was decided about {id} and is being carried out"),
        IdentityAsked::ChangedMeanwhile => format!("what is told about {id} has changed: look again"),
        IdentityAsked::TwoNumbers => "they tell two different NHS numbers: they are never linked".to_owned(),
        IdentityAsked::CannotBe | IdentityAsked::Noted(_) | IdentityAsked::NeedsSecondReviewer(_) => {
            "this cannot be decided here".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_refused_is_said_in_words() {
        for refused in [IdentityAsked::NotWaiting, IdentityAsked::UnderWay, IdentityAsked::ChangedMeanwhile] {
            assert!(words(7, refused).contains('7'));
        }
        assert!(words(7, IdentityAsked::TwoNumbers).contains("NHS numbers"));
        assert_eq!(words(7, IdentityAsked::CannotBe), "this cannot be decided here");
    }
}
