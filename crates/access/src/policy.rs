use std::collections::BTreeMap;
use std::fmt::Write as _;

use record::{Role, Section};
use serde::Deserialize;

use crate::policy_words::Word;

/// A cell of the table. Ordered: `No` shows least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// Nothing. Pages say "Not shown for your role", the same for every person.
    No,
    /// What it is and when, nothing more: a medicine without its dose, an
    /// appointment as date and place, a person by the fields that tell people apart.
    NamesOnly,
    /// Everything that the section holds.
    Show,
}

/// Whose accesses a role may review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Review {
    /// Nobody's.
    No,
    /// Those by staff of the reviewer's own organisation.
    Own,
    /// Everyone's.
    All,
}

/// Whose feeds and quarantine a role looks after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Administer {
    /// Nobody's.
    No,
    /// Those of their own organisation.
    Own,
    /// Everyone's.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Find {
    No,
    Number,
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum YesNo {
    No,
    Yes,
}

impl Seen {
    /// The word that stands for it in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.write()
    }
}

/// What one role may do besides seeing sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct May {
    open: YesNo,
    emergency: YesNo,
    find: Find,
    sensitive: YesNo,
    review: Review,
    messages: YesNo,
    export: YesNo,
    administer: Administer,
    links: YesNo,
}

const MAY_COLUMNS: [&str; 9] =
    ["open", "emergency", "find", "sensitive", "review", "messages", "export", "administer", "links"];

/// Why a policy file cannot be used. The service does not start with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// Longer than [`Policy::BYTES_MAX`].
    #[error("the file is longer than {} bytes", Policy::BYTES_MAX)]
    TooLong,
    /// Not TOML, or not the two tables `sections` and `may`.
    #[error("{0}")]
    Shape(String),
    /// A row for a role that does not exist.
    #[error("[{table}] has a row for {role:?}, which is no role")]
    UnknownRole {
        /// Which of the two tables.
        table: &'static str,
        /// The row's name.
        role: String,
    },
    /// A role without a row.
    #[error("[{table}] has no row for {role}")]
    MissingRole {
        /// Which of the two tables.
        table: &'static str,
        /// The role.
        role: &'static str,
    },
    /// A column that does not exist.
    #[error("[{table}] has a column {column:?}, which is not known")]
    UnknownColumn {
        /// Which of the two tables.
        table: &'static str,
        /// The column's name.
        column: String,
    },
    /// A column that is not there, or the row `role` that names the columns.
    #[error("[{table}] has no column {column}")]
    MissingColumn {
        /// Which of the two tables.
        table: &'static str,
        /// The column's name.
        column: String,
    },
    /// A column named twice.
    #[error("[{table}] names the column {column} twice")]
    ColumnTwice {
        /// Which of the two tables.
        table: &'static str,
        /// The column's name.
        column: String,
    },
    /// A row with too few or too many cells.
    #[error("[{table}] {role} has {found} cells, {wanted} are wanted")]
    CellCount {
        /// Which of the two tables.
        table: &'static str,
        /// The row.
        role: String,
        /// How many columns there are.
        wanted: usize,
        /// How many cells the row has.
        found: usize,
    },
    /// A word that means nothing in its column.
    #[error("[{table}] {role}, {column}: {word:?} is not one of its words")]
    UnknownWord {
        /// Which of the two tables.
        table: &'static str,
        /// The row.
        role: &'static str,
        /// The column.
        column: String,
        /// The word that stands there.
        word: String,
    },
}

/// The role × section table, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    sections: BTreeMap<(Role, Section), Seen>,
    may: BTreeMap<Role, May>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sections: BTreeMap<String, Vec<String>>,
    may: BTreeMap<String, Vec<String>>,
}

impl Policy {
    /// The longest policy file, in bytes.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// Reads a policy file as `policy/README.md` describes it.
    ///
    /// # Errors
    /// When a role, a section or a cell is missing, unknown or said twice. What
    /// the file does not say is never guessed.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        if text.len() > Self::BYTES_MAX {
            return Err(PolicyProblem::TooLong);
        }
        let file: File = toml::from_str(text).map_err(|problem| PolicyProblem::Shape(problem.to_string()))?;
        let section_columns: Vec<&str> = Section::ALL.iter().map(|section| section.code()).collect();
        let seen = Grid::read("sections", file.sections, &section_columns)?;
        let may = Grid::read("may", file.may, &MAY_COLUMNS)?;

        let mut policy = Self { sections: BTreeMap::new(), may: BTreeMap::new() };
        for &role in Role::ALL {
            for &section in Section::ALL {
                policy.sections.insert((role, section), seen.cell(role, section.code())?);
            }
            let row = May {
                open: may.cell(role, "open")?,
                emergency: may.cell(role, "emergency")?,
                find: may.cell(role, "find")?,
                sensitive: may.cell(role, "sensitive")?,
                review: may.cell(role, "review")?,
                messages: may.cell(role, "messages")?,
                export: may.cell(role, "export")?,
                administer: may.cell(role, "administer")?,
                links: may.cell(role, "links")?,
            };
            policy.may.insert(role, row);
        }
        Ok(policy)
    }

    /// The policy that is shipped: `policy/roles.toml`.
    ///
    /// # Errors
    /// Never in a release: a test parses the very text that is built in.
    pub fn shipped() -> Result<Self, PolicyProblem> {
        Self::parse(include_str!("../../../policy/roles.toml"))
    }

    /// The whole table in one fixed spelling: two files that mean the same give
    /// the same text. Callers hash it into the digest that the access log keeps.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut text = String::new();
        for ((role, section), seen) in &self.sections {
            let _ = writeln!(text, "{} {} {}", role.code(), section.code(), seen.write());
        }
        for (role, may) in &self.may {
            let words = [
                may.open.write(),
                may.emergency.write(),
                may.find.write(),
                may.sensitive.write(),
                may.review.write(),
                may.messages.write(),
                may.export.write(),
                may.administer.write(),
                may.links.write(),
            ];
            for (column, word) in MAY_COLUMNS.iter().zip(words) {
                let _ = writeln!(text, "{} {column} {word}", role.code());
            }
        }
        text
    }

    /// What a role sees of a section.
    #[must_use]
    pub fn seen(&self, role: Role, section: Section) -> Seen {
        self.sections.get(&(role, section)).copied().unwrap_or(Seen::No)
    }

    /// The sections of which a role sees nothing, in their usual order.
    #[must_use]
    pub fn not_shown(&self, role: Role) -> Vec<Section> {
        Section::ALL.iter().copied().filter(|section| self.seen(role, *section) == Seen::No).collect()
    }

    /// Whether a role may open records at all.
    #[must_use]
    pub fn may_open_record(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.open == YesNo::Yes)
    }

    /// Whether a role may open without permission in an emergency.
    #[must_use]
    pub fn may_use_emergency(&self, role: Role) -> bool {
        self.may_open_record(role) && self.may.get(&role).is_some_and(|may| may.emergency == YesNo::Yes)
    }

    /// Whether a role may look for a person by NHS number.
    #[must_use]
    pub fn may_search_by_number(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.find >= Find::Number)
    }

    /// Whether a role may look for a person by name.
    #[must_use]
    pub fn may_search_by_name(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.find == Find::Name)
    }

    /// Whether a role sees entries marked sensitive, within its sections.
    #[must_use]
    pub fn sees_sensitive(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.sensitive == YesNo::Yes)
    }

    /// Whose accesses a role may review.
    #[must_use]
    pub fn review(&self, role: Role) -> Review {
        self.may.get(&role).map_or(Review::No, |may| may.review)
    }

    /// Whether a role may review anyone's accesses.
    #[must_use]
    pub fn may_review_log(&self, role: Role) -> bool {
        self.review(role) != Review::No
    }

    /// Whether a role may see received messages.
    #[must_use]
    pub fn may_show_messages(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.messages == YesNo::Yes)
    }

    /// Whose feeds and quarantine a role looks after.
    #[must_use]
    pub fn administer(&self, role: Role) -> Administer {
        self.may.get(&role).map_or(Administer::No, |may| may.administer)
    }

    /// Whether a role looks after any organisation's feeds and quarantine.
    #[must_use]
    pub fn may_administer(&self, role: Role) -> bool {
        self.administer(role) != Administer::No
    }

    /// Whether a role decides whose records are one person's.
    #[must_use]
    pub fn may_decide_links(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.links == YesNo::Yes)
    }

    /// Whether a role may make a lawful copy of a record.
    #[must_use]
    pub fn may_export(&self, role: Role) -> bool {
        self.may.get(&role).is_some_and(|may| may.export == YesNo::Yes)
    }
}

/// One of the two tables, its rows and columns checked, its words not yet read.
struct Grid {
    table: &'static str,
    columns: Vec<String>,
    rows: BTreeMap<Role, Vec<String>>,
}

impl Grid {
    fn read(
        table: &'static str,
        mut rows: BTreeMap<String, Vec<String>>,
        wanted: &[&str],
    ) -> Result<Self, PolicyProblem> {
        let columns = rows.remove("role").unwrap_or_default();
        for (place, column) in columns.iter().enumerate() {
            if !wanted.contains(&column.as_str()) {
                return Err(PolicyProblem::UnknownColumn { table, column: column.clone() });
            }
            if columns.iter().take(place).any(|earlier| earlier == column) {
                return Err(PolicyProblem::ColumnTwice { table, column: column.clone() });
            }
        }
        if let Some(missing) = wanted.iter().find(|column| !columns.iter().any(|c| c == *column)) {
            return Err(PolicyProblem::MissingColumn { table, column: (*missing).to_owned() });
        }
        let mut grid = Self { table, columns, rows: BTreeMap::new() };
        for (name, cells) in rows {
            let Some(role) = Role::from_code(&name) else {
                return Err(PolicyProblem::UnknownRole { table, role: name });
            };
            if cells.len() != wanted.len() {
                let (wanted, found) = (wanted.len(), cells.len());
                return Err(PolicyProblem::CellCount { table, role: name, wanted, found });
            }
            grid.rows.insert(role, cells);
        }
        match Role::ALL.iter().find(|role| !grid.rows.contains_key(role)) {
            Some(role) => Err(PolicyProblem::MissingRole { table, role: role.code() }),
            None => Ok(grid),
        }
    }

    fn cell<W: Word>(&self, role: Role, column: &str) -> Result<W, PolicyProblem> {
        let place = self.columns.iter().position(|name| name == column);
        let word = place.and_then(|place| self.rows.get(&role)?.get(place)).map_or("", String::as_str);
        W::read(word).ok_or_else(|| PolicyProblem::UnknownWord {
            table: self.table,
            role: role.code(),
            column: column.to_owned(),
            word: word.to_owned(),
        })
    }
}
