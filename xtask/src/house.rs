//! The import table of the house, as data. `ARCHITECTURE.md` prints the same table; `cargo xtask tidy` compares both.

/// Which crates of ours one crate may import in the program itself. Tests may import more.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    pub(crate) may_import: &'static [&'static str],
}

/// Down only: pure rooms import `record` alone; intake, viewer and exchange never import each other.
pub(crate) const HOUSE: &[Room] = &[
    Room { name: "record", may_import: &[] },
    Room { name: "formats", may_import: &["record"] },
    Room { name: "identity", may_import: &["record"] },
    Room { name: "access", may_import: &["record"] },
    Room { name: "audit", may_import: &["record"] },
    Room { name: "reconcile", may_import: &["record"] },
    Room { name: "store", may_import: &["record", "access", "audit"] },
    Room { name: "intake", may_import: &["record", "formats", "identity", "store"] },
    Room {
        name: "disclosure",
        may_import: &["record", "formats", "identity", "access", "audit", "reconcile", "store"],
    },
    Room { name: "viewer", may_import: &["record", "access", "reconcile", "disclosure", "store"] },
    Room {
        name: "exchange",
        may_import: &["record", "formats", "access", "audit", "reconcile", "disclosure", "store"],
    },
    Room { name: "simulator", may_import: &["record", "formats"] },
    Room {
        name: "connect-care",
        may_import: &[
            "record",
            "formats",
            "identity",
            "access",
            "audit",
            "reconcile",
            "store",
            "intake",
            "disclosure",
            "viewer",
            "exchange",
            "simulator",
        ],
    },
    Room { name: "xtask", may_import: &[] },
];

/// The row of a crate, if the house has such a room.
pub(crate) fn room(name: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.name == name)
}
