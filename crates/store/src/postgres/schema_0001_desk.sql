-- The desk schema, version 1: access log, permissions, opt-outs, sessions.
-- What is about a person is keyed by person first (DESIGN: distribution keys).

CREATE SCHEMA desk;

-- Only ever added to. `id` is the order in which rows became durable: rows are
-- written under one lock, so a lower id is never seen after a higher one.
CREATE TABLE desk.access_log (
    person bigint NOT NULL,            -- 0 is the chain of rows about nobody
    counter bigint NOT NULL,           -- the person's own count
    id bigint GENERATED ALWAYS AS IDENTITY,
    act text NOT NULL,
    at bigint NOT NULL,                -- seconds
    staff text NOT NULL,
    organisation text NOT NULL,
    allowed boolean NOT NULL,          -- false where the event says that it was refused
    salt bytea NOT NULL,
    event bytea NOT NULL,              -- canonical JSON
    commitment bytea NOT NULL,
    head bytea NOT NULL,
    PRIMARY KEY (person, counter)
);
CREATE INDEX access_log_id ON desk.access_log (id);
CREATE INDEX access_log_organisation ON desk.access_log (organisation, id);

-- Heads of the per-person chains.
CREATE TABLE desk.chain_head (
    person bigint PRIMARY KEY,
    counter bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 80);

-- Facts that close a record. The version moves with each change, so that a log
-- row is refused when it rests on facts that have moved.
CREATE TABLE desk.person_facts (
    person bigint PRIMARY KEY,
    version bigint NOT NULL,
    opted_out boolean NOT NULL,
    dissent boolean NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE desk.permission (
    person bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    organisation text NOT NULL,
    answer bigint NOT NULL,            -- 0 said no, 1 said yes, 2 somebody who can decide said yes
    decider text,
    relationship text,
    staff text NOT NULL,
    staff_name text NOT NULL,
    at bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (person, id)
);
CREATE INDEX permission_person ON desk.permission (person, organisation, at);

CREATE TABLE desk.emergency (
    person bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    staff text NOT NULL,
    session bytea NOT NULL,
    reason text NOT NULL,
    text text NOT NULL,
    at bigint NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (person, id)
);
CREATE INDEX emergency_person ON desk.emergency (person, staff, until);
CREATE INDEX emergency_session ON desk.emergency (session, until);

CREATE TABLE desk.session (
    id bytea PRIMARY KEY,              -- SHA-256 of the cookie's value
    staff text NOT NULL,               -- JSON: who, role, organisation, team
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    open_person bigint,
    open_handle text,
    found text                         -- JSON: handles of the last search's hits
) WITH (fillfactor = 70);
CREATE INDEX session_created ON desk.session (created_at);

-- Sign-ins under way: what must come back from the provider.
CREATE TABLE desk.sign_in (
    state text PRIMARY KEY,
    nonce text NOT NULL,
    verifier text NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX sign_in_at ON desk.sign_in (at);
