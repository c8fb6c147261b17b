use identity::{Figures, MatchingSet, Weights, evaluate};

/// The figures of one FEBRL dataset with its identifier hidden; `None` without the corpus.
fn figures(dataset: &str) -> Option<Figures> {
    let path = format!("{}/../../../shared/corpus/matching/{dataset}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).ok()?;
    let set = MatchingSet::read(&text, &["soc_sec_id".to_owned()]).unwrap();
    let truth = set.truth_of_ids().unwrap();
    let (figures, _) = evaluate(&set.charts, &truth, &Weights::built_in().unwrap());
    println!("{dataset}: {figures:?}");
    Some(figures)
}

fn assert_good(dataset: &str) {
    let Some(figures) = figures(dataset) else {
        println!("skipped: no corpus");
        return;
    };
    assert_eq!(figures.automatic.false_links, 0);
    assert!(figures.automatic.f1 >= 0.99, "{}", figures.automatic.f1);
    assert!(figures.with_work_list.recall >= 0.998, "{}", figures.with_work_list.recall);
    assert!(figures.records_listed * 50 <= figures.records, "{}", figures.records_listed);
    assert!(figures.work_list_pairs <= 5 * figures.work_list_true_pairs);
}

#[test]
fn febrl_1_is_put_together_without_a_false_link() {
    assert_good("dataset1.csv");
}

#[test]
fn febrl_2_is_put_together_without_a_false_link() {
    assert_good("dataset2.csv");
}

#[test]
fn febrl_3_is_put_together_without_a_false_link() {
    assert_good("dataset3.csv");
}
