use identity::{Figures, MatchingSet, Weights, evaluate};

/// The figures of one FEBRL dataset with its identifier hidden; `None` without the corpus.
fn figures(dataset: &str) -> Option<Figures> {
    let path = format!("{}/../../../shared/corpus/matching/{dataset}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).ok()?;
    let set = MatchingSet::read(&text, &["soc_sec_id".to_owned()]).unwrap();
    let truth = set.truth_of_ids().unwrap();
    let (figures, grouping) = evaluate(&set.charts, &truth, &Weights::built_in().unwrap());
    if std::env::var("SHOW").is_ok() {
        show(&set, &truth, &grouping, &path_lines(&text));
    }
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
// TEMP
fn path_lines(t: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(t).lines().skip(1).map(str::to_owned).collect()
}
fn show(set: &MatchingSet, _t: &identity::Truth, g: &identity::Grouping, lines: &[String]) {
    let fam = |i: u32| set.id(i).split('-').nth(1).unwrap().to_owned();
    let mut by: std::collections::BTreeMap<String, Vec<u32>> = Default::default();
    for i in 0..set.charts.len() as u32 {
        by.entry(fam(i)).or_default().push(i);
    }
    for (_, v) in &by {
        let c: std::collections::BTreeSet<u32> = v.iter().map(|i| g.joined.0[*i as usize]).collect();
        if c.len() > 1 {
            println!("SPLIT");
            for i in v {
                println!("   {:5} {}", g.joined.0[*i as usize], lines[*i as usize]);
            }
        }
    }
    for w in &g.waiting {
        println!(
            "LIST {} {:.1} {:?}\n  {}\n  {}",
            fam(w.a) == fam(w.b),
            w.odds_bits,
            w.because,
            lines[w.a as usize],
            lines[w.b as usize]
        );
    }
    for (i, j) in g.joined.0.iter().enumerate() {
        if fam(i as u32) != fam(*j) {
            println!("FALSE\n {}\n {}", lines[i], lines[*j as usize]);
        }
    }
}
