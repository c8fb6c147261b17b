//! Which columns a statement pins for each table that it touches.

use std::collections::BTreeSet;

use super::sql_text::words;

/// A table in a statement, and the columns of it that the statement pins to a value: by a condition that always
/// holds where a row is touched, or by being written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Touched {
    pub(super) table: String,
    /// Ways in which rows may be reached; each must pin a key by itself.
    pub(super) ways: Vec<BTreeSet<String>>,
}

/// Words that end a list of conditions.
const ENDS: &[&str] = &[
    "WHERE",
    "JOIN",
    "LEFT",
    "CROSS",
    "INNER",
    "GROUP",
    "ORDER",
    "LIMIT",
    "RETURNING",
    "SET",
    "ON",
    "DO",
    "VALUES",
    "FROM",
];
/// Words that cannot be another name of a table.
const NO_ALIAS: &[&str] = &["USING", "INDEXED", "SELECT", "DEFAULT", "AND", "OR"];

/// Every table that a statement touches, subqueries included.
pub(super) fn touched(statement: &str) -> Vec<Touched> {
    let words = words(statement);
    let derived = named_queries(&words);
    let mut found = Vec::new();
    query(&words, &mut found);
    found.retain(|touched| !derived.contains(&touched.table));
    found
}

/// `name AS (SELECT …` and `name (columns) AS (SELECT …`: what a statement itself names.
fn named_queries(words: &[String]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, name) in words.iter().enumerate() {
        let has_columns = words.get(at + 1).is_some_and(|next| next == "(");
        let after = if has_columns { closing(words, at + 1) + 1 } else { at + 1 };
        if let Some([keyword, open, first, ..]) = words.get(after..)
            && is(keyword, "AS")
            && open == "("
            && is(first, "SELECT")
        {
            named.insert(name.clone());
        }
    }
    named
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// Takes subqueries out and looks at each by itself, then parts what is left at its unions.
fn query(words: &[String], found: &mut Vec<Touched>) {
    let mut flat: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let opens_query = word == "(" && words.get(at + 1).is_some_and(|next| is(next, "SELECT"));
        if opens_query {
            let end = closing(words, at);
            query(words.get(at + 1..end).unwrap_or_default(), found);
            // Brackets stay, so that conditions around them are still told apart.
            flat.push("(subquery)".to_owned());
            at = end + 1;
        } else {
            flat.push(word.clone());
            at += 1;
        }
    }
    for arm in flat.split(|word| is(word, "UNION")) {
        found.extend(tables(arm));
    }
}

/// Where the bracket that opens at `open` closes.
fn closing(words: &[String], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "(" => depth += 1,
            ")" if depth == 1 => return at,
            ")" => depth -= 1,
            _ => {}
        }
    }
    words.len()
}

fn tables(arm: &[String]) -> Vec<Touched> {
    let names: Vec<(usize, &String)> = arm.iter().enumerate().filter(|(at, _)| names_table(arm, *at)).collect();
    let alone = names.iter().filter(|(at, _)| written(arm, *at).is_none()).count() == 1;
    let conditions = conditions(arm);
    let one = |(at, name): (usize, &String)| {
        let written = written(arm, at);
        let alias = alias(arm, at).unwrap_or(name);
        let bare = name.rsplit('.').next().unwrap_or_default();
        let column = |word: &str| match word.rsplit_once('.') {
            Some((owner, column)) if owner == alias || owner == name || owner == bare => Some(column.to_owned()),
            Some(_) => None,
            None => (alone && word.starts_with(|c: char| c.is_alphabetic() || c == '_')).then(|| word.to_owned()),
        };
        let ways = match written {
            Some(columns) => vec![columns],
            None => both(&ways(&conditions, &column), &[shared(arm, at)]),
        };
        Touched { table: bare.to_owned(), ways }
    };
    names.into_iter().map(one).collect()
}

/// Whether the word at this place names a table: after `FROM`, `JOIN`, `INTO`, `UPDATE`, `USING`.
fn names_table(arm: &[String], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| arm.get(at)).map_or("", String::as_str);
    let Some(word) = arm.get(at) else { return false };
    let keyword = before(1);
    let introduces = ["FROM", "JOIN", "INTO", "USING", "COPY", "TRUNCATE"].iter().any(|one| is(keyword, one))
        || (is(keyword, "UPDATE") && !is(before(2), "DO"));
    let compares = is(keyword, "FROM") && is(before(2), "DISTINCT");
    let is_function = arm.get(at + 1).is_some_and(|next| next == "(") && !is(keyword, "INTO") && !is(keyword, "COPY");
    let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_') && !is(word, "LATERAL");
    introduces && !compares && !is_function && is_name
}

/// The other name under which a table's columns are named.
fn alias(arm: &[String], at: usize) -> Option<&String> {
    let next = arm.get(at + 1)?;
    let name = if is(next, "AS") { arm.get(at + 2)? } else { next };
    let is_keyword = ENDS.iter().chain(NO_ALIAS).any(|keyword| is(name, keyword));
    (name.starts_with(char::is_alphabetic) && !is_keyword).then_some(name)
}

/// The columns that `JOIN … USING (…)` has in common with what was there.
fn shared(arm: &[String], at: usize) -> BTreeSet<String> {
    let after = arm.get(at + 1..).unwrap_or_default();
    let keyword = after.iter().take(3).position(|word| is(word, "USING")).map(|ahead| at + 1 + ahead);
    let Some(open) = keyword.map(|at| at + 1).filter(|open| arm.get(*open).is_some_and(|word| word == "(")) else {
        return BTreeSet::new();
    };
    let columns = arm.get(open + 1..closing(arm, open)).unwrap_or_default();
    columns.iter().filter(|word| *word != ",").cloned().collect()
}

/// The columns that an `INSERT` or a `COPY` writes.
fn written(arm: &[String], at: usize) -> Option<BTreeSet<String>> {
    let keyword = at.checked_sub(1).and_then(|before| arm.get(before))?;
    if !is(keyword, "INTO") && !is(keyword, "COPY") {
        return None;
    }
    let open = if arm.get(at + 1).is_some_and(|next| is(next, "AS")) { at + 3 } else { at + 1 };
    if arm.get(open).is_none_or(|word| word != "(") {
        return Some(BTreeSet::new());
    }
    let columns = arm.get(open + 1..closing(arm, open)).unwrap_or_default();
    Some(columns.iter().filter(|word| *word != ",").cloned().collect())
}

/// What stands after each `ON` and `WHERE`: one list, as all of them hold together.
fn conditions(arm: &[String]) -> Vec<Vec<String>> {
    let mut lists: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    let mut depth = 0usize;
    for (at, word) in arm.iter().enumerate() {
        let next = arm.get(at + 1).map_or("", String::as_str);
        let begins = is(word, "WHERE") || (is(word, "ON") && !is(next, "CONFLICT"));
        if depth == 0 && begins {
            lists.push(Vec::new());
            inside = true;
            continue;
        }
        if depth == 0 && ENDS.iter().any(|end| is(word, end)) {
            inside = false;
        }
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let (true, Some(list)) = (inside, lists.last_mut()) {
            list.push(word.clone());
        }
    }
    lists
}

/// The columns that are pinned in each way in which all of the conditions may hold.
fn ways(conditions: &[Vec<String>], column: &dyn Fn(&str) -> Option<String>) -> Vec<BTreeSet<String>> {
    conditions.iter().fold(vec![BTreeSet::new()], |ways, list| both(&ways, &either(list, column)))
}

fn both(left: &[BTreeSet<String>], right: &[BTreeSet<String>]) -> Vec<BTreeSet<String>> {
    left.iter().flat_map(|one| right.iter().map(|other| one.union(other).cloned().collect())).collect()
}

/// `a OR b`: one way for each.
fn either(condition: &[String], column: &dyn Fn(&str) -> Option<String>) -> Vec<BTreeSet<String>> {
    let parts = split(condition, "OR");
    parts.into_iter().flat_map(|part| all(part, column)).collect()
}

/// `a AND b`: whatever either pins.
fn all(condition: &[String], column: &dyn Fn(&str) -> Option<String>) -> Vec<BTreeSet<String>> {
    split(condition, "AND").into_iter().fold(vec![BTreeSet::new()], |ways, part| {
        let here = match part {
            [open, inside @ .., _] if open == "(" && closing(part, 0) + 1 == part.len() => either(inside, column),
            _ => vec![pinned(part, column)],
        };
        both(&ways, &here)
    })
}

/// Parts a condition at a word outside brackets; the `AND` of a `BETWEEN` parts nothing.
fn split<'a>(condition: &'a [String], at_word: &str) -> Vec<&'a [String]> {
    let (mut parts, mut start, mut depth, mut between) = (Vec::new(), 0, 0usize, false);
    for (at, word) in condition.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if is(word, "BETWEEN") => between = true,
            _ if is(word, "AND") && between => between = false,
            _ if is(word, at_word) => {
                parts.push(condition.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(condition.get(start..).unwrap_or_default());
    parts
}

/// The columns that one comparison pins: `a = x`, `x = a`, `a IN (…)`, `a BETWEEN x AND y`.
fn pinned(comparison: &[String], column: &dyn Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let names = match comparison {
        [left, sign, right] if sign == "=" => vec![left, right],
        [left, sign, ..] if sign == "=" || is(sign, "IN") || is(sign, "BETWEEN") => vec![left],
        _ => vec![],
    };
    names.into_iter().filter_map(|name| column(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `table: columns | columns` for each table, in the order in which they are found.
    fn seen(statement: &str) -> Vec<String> {
        let way = |way: &BTreeSet<String>| way.iter().cloned().collect::<Vec<_>>().join(" ");
        let one = |one: Touched| format!("{}: {}", one.table, one.ways.iter().map(way).collect::<Vec<_>>().join(" | "));
        touched(statement).into_iter().map(one).collect()
    }

    #[test]
    fn conditions_pin_columns_of_their_own_table() {
        assert_eq!(seen("SELECT a FROM entry WHERE id BETWEEN ?1 AND ?2 AND kind > 3"), ["entry: id"]);
        let joined = "SELECT c.told FROM record.look_up k JOIN record.chart c ON c.id = k.chart WHERE k.key = $1";
        assert_eq!(seen(joined), ["look_up: chart key", "chart: id"]);
    }

    #[test]
    fn both_sides_of_an_or_must_pin() {
        let doubts = "SELECT 1 FROM work_item WHERE state = 0 AND (person = ?1 OR other_person = ?1)";
        assert_eq!(seen(doubts), ["work_item: person state | other_person state"]);
        assert_eq!(seen("SELECT 1 FROM entry WHERE ?1 IS NULL OR person = ?1"), ["entry:  | person"]);
    }

    #[test]
    fn what_is_set_pins_nothing() {
        assert_eq!(seen("UPDATE chart SET person = ?2 WHERE since = ?1"), ["chart: since"]);
        assert_eq!(seen("DELETE FROM entry"), ["entry: "]);
    }

    #[test]
    fn what_is_written_pins() {
        let upsert =
            "INSERT INTO chart_head (person, counter) VALUES (?1, ?2) ON CONFLICT (person) DO UPDATE SET counter = 3";
        assert_eq!(seen(upsert), ["chart_head: counter person"]);
        assert_eq!(seen("INSERT INTO entry SELECT * FROM unnest($1)"), ["entry: "]);
        assert_eq!(seen("INSERT INTO entry AS e (id, line) VALUES (1, 2)"), ["entry: id line"]);
        let copied = "INSERT INTO chart (key) SELECT ?1 FROM person WHERE id = ?2";
        assert_eq!(seen(copied), ["chart: key", "person: id"]);
    }

    #[test]
    fn subqueries_unions_and_named_queries_are_looked_at_one_by_one() {
        let statement =
            "WITH now AS (SELECT 1 FROM a WHERE x = 1) SELECT (SELECT count(*) FROM b q WHERE q.y = s.n) FROM now
            UNION ALL SELECT 2 FROM c s WHERE s.z <> 2 AND NOT (s.w = 1)";
        assert_eq!(seen(statement), ["a: x", "b: y", "c: "]);
    }

    #[test]
    fn columns_in_common_pin() {
        let statement = "WITH earlier (person) AS (SELECT l.person FROM l WHERE l.x = 1)
            SELECT 1 FROM earlier JOIN person_facts o USING (person) WHERE o.opted_out";
        assert_eq!(seen(statement), ["l: x", "person_facts: person"]);
    }

    #[test]
    fn functions_and_comparisons_name_no_table() {
        let statement =
            "SELECT 1 FROM unnest($1) AS wanted (a) JOIN LATERAL (SELECT 2 FROM d WHERE d.a = wanted.a) AS x
            ON x.a IS DISTINCT FROM wanted.a";
        assert_eq!(seen(statement), ["d: a"]);
    }
}
