//! The SQL in Rust files: every string that is a statement, parted into its words.

/// A statement as it stands in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The line of its first word, counted from 1.
    pub(super) line: usize,
    /// Its text, every white space one blank.
    pub(super) text: String,
}

/// The words with which a statement begins.
const BEGINNINGS: &[&str] = &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "MERGE ", "COPY ", "TRUNCATE "];

/// Every string of a Rust file up to its tests, as it stands.
pub(super) fn strings(text: &str) -> Vec<Statement> {
    let mut reader = Reader { rest: text, line: 1, found: Vec::new() };
    while !reader.rest.is_empty() && !reader.rest.starts_with("#[cfg(test)]") {
        reader.step();
    }
    reader.found
}

/// The statements among them; a string may hold several.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let parts = strings(text).into_iter().flat_map(|string| {
        let line = string.line;
        string.text.split(';').map(|part| Statement { line, text: part.trim().to_owned() }).collect::<Vec<_>>()
    });
    parts.filter(|part| is_statement(&part.text)).collect()
}

/// Whether a text begins as a statement does.
pub(super) fn is_statement(text: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// The words of a statement: names with their dots, values, signs, each bracket alone.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_name = false;
    let mut in_text = false;
    for c in text.chars() {
        let is_name = in_text || c.is_alphanumeric() || "_.?$:{}'\"".contains(c);
        if c == '\'' {
            in_text = !in_text;
        }
        match words.last_mut() {
            Some(last) if is_name && in_name => last.push(c),
            Some(last) if "=>".contains(c) && ["<", ">", "!"].contains(&last.as_str()) => last.push(c),
            _ if c.is_whitespace() => {}
            _ => words.push(c.to_string()),
        }
        in_name = is_name;
    }
    words
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.skip(rest.find("*/").map_or(rest.len(), |end| end + 2));
        } else if let Some(hashes) = raw_hashes(rest) {
            self.raw(hashes);
        } else if rest.starts_with('"') {
            self.plain();
        } else if let Some(length) = quoted_character(rest) {
            self.skip(length);
        } else {
            // A name is passed as a whole, so that the `r` at its end begins no raw string.
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let name = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            self.skip(name.max(rest.chars().next().map_or(1, char::len_utf8)));
        }
    }

    fn skip(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }

    fn raw(&mut self, hashes: usize) {
        let opening = hashes + 2;
        let closing = format!("\"{}", "#".repeat(hashes));
        let inside = self.rest.get(opening..).unwrap_or_default();
        let length = inside.find(&closing).unwrap_or(inside.len());
        let text = inside.get(..length).unwrap_or_default().to_owned();
        self.keep(text);
        self.skip(opening + length + closing.len());
    }

    fn plain(&mut self) {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        let mut end = self.rest.len();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    end = at + 1;
                    break;
                }
                // An escape stands for one character; none of them matters in SQL but the quote.
                '\\' => text.push(match characters.next() {
                    Some((_, '"')) => '"',
                    _ => ' ',
                }),
                _ => text.push(c),
            }
        }
        self.keep(text);
        self.skip(end);
    }

    fn keep(&mut self, text: String) {
        let before = text.len() - text.trim_start().len();
        let line = self.line + text.get(..before).unwrap_or_default().matches('\n').count();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.found.push(Statement { line, text });
    }
}

/// The number of `#` before a raw string's quote.
fn raw_hashes(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after.get(hashes..)?.starts_with('"').then_some(hashes)
}

/// The length of a character such as `'"'`; a lifetime is none.
fn quoted_character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let mut characters = inside.char_indices();
    let (_, first) = characters.next()?;
    if first == '\\' {
        return inside.get(2..)?.find('\'').map(|end| end + 4);
    }
    matches!(characters.next(), Some((_, '\''))).then_some(first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        statements(text).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn strings_of_all_kinds_are_read_and_their_line_is_known() {
        let rust = "const A: &str = \"\n  SELECT 1\n  FROM a\";\nlet b = r#\"DELETE FROM \"b\"\"#; // \"SELECT no\"\n\
                    f(\"UPDATE c \\\n   SET d = ?1\", '\"', '\\'', \"words; SELECT 2\");";
        assert_eq!(texts(rust), ["SELECT 1 FROM a", "DELETE FROM \"b\"", "UPDATE c SET d = ?1", "SELECT 2"]);
        assert_eq!(statements(rust).iter().map(|one| one.line).collect::<Vec<_>>(), [2, 4, 5, 6]);
    }

    #[test]
    fn tests_may_say_what_they_like() {
        assert_eq!(texts("let var = \"SELECT 1\";\n#[cfg(test)]\nmod tests { \"SELECT 2\" }"), ["SELECT 1"]);
    }

    #[test]
    fn a_lifetime_is_no_quote() {
        assert_eq!(texts("fn f<'a>(x: &'a str) { \"SELECT 1\" }"), ["SELECT 1"]);
    }

    #[test]
    fn words_keep_their_dots_and_signs() {
        let read = words("SELECT e.id FROM record.entry e WHERE e.person=ANY($1) AND x <> 'a b' -- c");
        assert_eq!(read.join(" "), "SELECT e.id FROM record.entry e WHERE e.person = ANY ( $1 ) AND x <> 'a b' - - c");
    }

    #[test]
    fn whatever_comes_ends() {
        for text in ["\"", "r#\"", "/*", "'", "'\\", "r#", "\\", "é\"ü"] {
            strings(text);
        }
    }
}
