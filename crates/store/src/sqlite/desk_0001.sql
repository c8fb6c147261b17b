-- The desk file, version 1: access log, permissions, opt-outs, sessions.
-- No transaction spans it and the record file.

CREATE TABLE access_log (
    id INTEGER PRIMARY KEY,
    person INTEGER,
    counter INTEGER NOT NULL,          -- the person's own count; 0 chain where no person is meant
    act TEXT NOT NULL,
    at INTEGER NOT NULL,
    staff TEXT NOT NULL,
    organisation TEXT NOT NULL,
    salt BLOB NOT NULL,
    event BLOB NOT NULL,               -- canonical JSON
    commitment BLOB NOT NULL,
    head BLOB NOT NULL
);
CREATE UNIQUE INDEX access_log_person ON access_log (person, counter);
CREATE INDEX access_log_organisation ON access_log (organisation, at);

-- Heads of the per-person chains; person 0 is the chain of rows about nobody.
CREATE TABLE chain_head (
    person INTEGER PRIMARY KEY,
    counter INTEGER NOT NULL,
    hash BLOB NOT NULL
);

-- Facts that close a record. The version moves with each change, so that a log
-- row is refused when it rests on facts that have moved.
CREATE TABLE person_facts (
    person INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    opted_out INTEGER NOT NULL,
    dissent INTEGER NOT NULL
);

CREATE TABLE permission (
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    answer INTEGER NOT NULL,           -- 0 said no, 1 said yes, 2 somebody who can decide said yes
    decider TEXT,
    relationship TEXT,
    staff TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE INDEX permission_person ON permission (person, organisation, at);

CREATE TABLE emergency (
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    staff TEXT NOT NULL,
    session BLOB NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE INDEX emergency_person ON emergency (person, staff, until);
CREATE INDEX emergency_session ON emergency (session, until);

CREATE TABLE session (
    id BLOB PRIMARY KEY,               -- SHA-256 of the cookie's value
    staff TEXT NOT NULL,               -- JSON: who, role, organisation, team
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    open_person INTEGER,
    open_handle TEXT,
    found TEXT                         -- JSON: handles of the last search's hits
) WITHOUT ROWID;
CREATE INDEX session_created ON session (created_at);

-- Sign-ins under way: what must come back from the provider.
CREATE TABLE sign_in (
    state TEXT PRIMARY KEY,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
