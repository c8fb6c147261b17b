//! temporary
use identity::*;
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read(&a[0]).unwrap();
    let hide: Vec<String> = a[2..].to_vec();
    let set = MatchingSet::read(&text, &hide).unwrap();
    let truth = if a[1] == "-" {
        set.truth_of_ids().unwrap()
    } else {
        set.truth_of_pairs(&std::fs::read(&a[1]).unwrap()).unwrap()
    };
    let w = match std::env::var("W") {
        Ok(p) => Weights::parse(&std::fs::read_to_string(p).unwrap()).unwrap(),
        _ => Weights::built_in().unwrap(),
    };
    let (f, g) = evaluate(&set.charts, &truth, &w);
    println!("{f:#?}");
    let lines: Vec<String> = String::from_utf8_lossy(&text).lines().skip(1).map(str::to_owned).collect();
    let same = |x: u32, y: u32| truth.0[x as usize] == truth.0[y as usize];
    let mut because: std::collections::BTreeMap<_, usize> = Default::default();
    let mut bins: std::collections::BTreeMap<_, [usize; 2]> = Default::default();
    for w in &g.waiting {
        *because.entry((w.because, same(w.a, w.b))).or_default() += 1;
        bins.entry((w.odds_bits / 2.0).floor() as i64 * 2).or_default()[usize::from(same(w.a, w.b))] += 1;
    }
    println!("{because:?}");
    { let pop = Population::of(&set.charts); let sc = Scorer::new(&w, &pop);
      let mut m: std::collections::BTreeMap<String, [usize; 2]> = Default::default();
      for w in &g.waiting {
        let p = Pair::new((record::ChartId(0), &set.charts[w.a as usize]), (record::ChartId(1), &set.charts[w.b as usize]), &Seals::default()).unwrap();
        let e = sc.explain(p); let f = |f: Field| e.lines.iter().find(|l| l.field == f).map_or("-", |l| l.level.code());
        m.entry(format!("{:?} {} {} {} {} {}", w.because, f(Field::Given), f(Field::Family), f(Field::Birth), f(Field::Sex), f(Field::Place))).or_default()[usize::from(same(w.a, w.b))] += 1;
      }
      let mut v: Vec<_> = m.into_iter().collect(); v.sort_by_key(|(_, n)| std::cmp::Reverse(n[0] + n[1]));
      for (k, n) in v.iter().take(45) { println!("{:6} {:6} {k}", n[0], n[1]); } }
    println!("[false,true] {bins:?}");
    let mut n = 0;
    for (i, j) in g.joined.0.iter().enumerate() {
        if !same(i as u32, *j) {
            n += 1;
            if n < 30 {
                println!("FALSE\n {}\n {}", lines[i], lines[*j as usize]);
            }
        }
    }
    if let Ok(what) = std::env::var("LIST") {
        let pop = Population::of(&set.charts);
        let sc = Scorer::new(&w, &pop);
        for w in g.waiting.iter().filter(|w| format!("{:?} {}", w.because, same(w.a, w.b)) == what).take(40) {
            println!("{:.1}\n {}\n {}", w.odds_bits, lines[w.a as usize], lines[w.b as usize]);
            let p = Pair::new(
                (record::ChartId(0), &set.charts[w.a as usize]),
                (record::ChartId(1), &set.charts[w.b as usize]),
                &Seals::default(),
            )
            .unwrap();
            println!("   {}", sc.explain(p).words().join("; "));
        }
    }
    if std::env::var("SPLIT").is_ok() {
        let mut by: std::collections::BTreeMap<u32, Vec<u32>> = Default::default();
        for (i, p) in truth.0.iter().enumerate() {
            by.entry(*p).or_default().push(i as u32);
        }
        let listed: std::collections::BTreeSet<u32> = g.waiting.iter().flat_map(|w| [w.a, w.b]).collect();
        for v in by.values() {
            let c: std::collections::BTreeSet<u32> = v.iter().map(|i| g.joined.0[*i as usize]).collect();
            if c.len() > 1 && !v.iter().any(|i| listed.contains(i)) {
                println!("SPLIT");
                for i in v {
                    println!("   {:5} {}", g.joined.0[*i as usize], lines[*i as usize]);
                }
            }
        }
    }
}
