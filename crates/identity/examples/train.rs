//! temporary
use identity::*;
fn main() {
    let mut charts = vec![];
    for p in std::env::args().skip(1) { charts.extend(MatchingSet::read(&std::fs::read(p).unwrap(), &[]).unwrap().charts); }
    let t = train(&charts, &Weights::built_in().unwrap()).unwrap();
    eprintln!("{} {}", t.pairs, t.one_person);
    print!("{}", t.weights.to_text());
}
