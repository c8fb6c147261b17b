-- The record file, version 1: inbox, people, links, entries.
-- Every table that an opening touches is keyed by person; inbox and quarantine
-- by source lane; look-ups by their key (DESIGN: three distribution keys).

CREATE TABLE source (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    organisation TEXT,                 -- by ODS code: whose quarantine this is
    last_message_at INTEGER            -- seconds; the newest time that it stated or we received
);

-- What the watch over a source's messages keeps beside its feeds.
CREATE TABLE watched (
    source INTEGER PRIMARY KEY,
    until INTEGER,                     -- until when somebody listened for its messages
    numbers TEXT                       -- the numbers of its messages (MSH-13) and their gaps (feeds.rs)
);

-- How often each type of message of a source usually comes; `kind` is empty for all together.
CREATE TABLE feed (
    source INTEGER NOT NULL,
    kind TEXT NOT NULL,
    last_at INTEGER NOT NULL,          -- when one last came, to the minute
    due_at INTEGER,                    -- until when silence is usual; null while not known
    sections TEXT NOT NULL,            -- codes of the sections that it has brought, a blank between two
    in_hour INTEGER NOT NULL,          -- messages in the hour of last_at
    in_hour_before INTEGER NOT NULL,
    usual BLOB NOT NULL,               -- messages in each hour of the week, 4 bytes each
    state BLOB NOT NULL,               -- what the rule needs that learns it
    PRIMARY KEY (source, kind)
) WITHOUT ROWID;
CREATE INDEX feed_due ON feed (due_at) WHERE kind <> '';

-- Short texts that repeat in almost every entry: code systems, authors, organisations.
CREATE TABLE word (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- What messages of one shape repeat. Never changed once used; a newer one takes over.
CREATE TABLE dictionary (
    number INTEGER PRIMARY KEY,
    shape TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE message (
    id INTEGER PRIMARY KEY,            -- the order in which messages became durable
    source INTEGER NOT NULL,
    control_id TEXT,
    stated_at INTEGER,
    received_at INTEGER NOT NULL,
    digest BLOB NOT NULL,              -- when it says that it was made, 4 bytes, and SHA-256 of its bytes (known_by.rs)
    size INTEGER NOT NULL,
    body BLOB NOT NULL,                -- zstd, in blocks, with a dictionary (bodies.rs)
    state INTEGER NOT NULL,            -- 0 received, 1 done, 2 set aside whole, 3 settled by hand, 4 removed
    corrects INTEGER                   -- the message that this one corrects: written here, by hand
);
CREATE UNIQUE INDEX message_once ON message (source, digest);
CREATE INDEX message_corrects ON message (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX message_control ON message (source, control_id, id) WHERE control_id IS NOT NULL;
CREATE INDEX message_waiting ON message (id) WHERE state = 0;

-- What was done with messages, in the order in which it was done: a rebuild follows it.
-- Nothing is ever taken away from it.
CREATE TABLE application (
    number INTEGER PRIMARY KEY,
    act INTEGER NOT NULL,              -- what was done: a code of order.rs
    message INTEGER NOT NULL,
    at INTEGER NOT NULL,               -- the time that was used, in seconds
    note TEXT                          -- JSON: why it was set aside; by which rules it was swept
);
-- When it was swept: few rows of many.
CREATE INDEX application_swept ON application (message, at) WHERE act = 4;

-- What was removed, and why: the bytes are gone, and what they said with them. Their
-- digest stays in `message`, so that they are not taken in again.
CREATE TABLE tombstone (
    message INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    at INTEGER NOT NULL,
    operator TEXT NOT NULL,
    reason TEXT NOT NULL,              -- a code of removal.rs
    note TEXT NOT NULL,
    size INTEGER NOT NULL,             -- how many bytes they were
    entries INTEGER NOT NULL           -- how many entries showed what they said
);

-- Where the records of those of whom it spoke had come to by it: versions and places
-- that it took are not given again. Those of message 0: where records had come to when
-- a removal was done, of people whose record would have ended before that.
CREATE TABLE tombstone_person (
    message INTEGER NOT NULL,
    step INTEGER NOT NULL,             -- of `application`: it may have been applied again by hand
    person INTEGER NOT NULL,
    version INTEGER NOT NULL,
    link_version INTEGER NOT NULL,
    next_place INTEGER NOT NULL,
    PRIMARY KEY (message, step, person)
) WITHOUT ROWID;

-- What was taken out of whose record: staff who open it are told that something of a
-- source was, and nothing of what it was. Of what was sensitive nothing is said.
CREATE TABLE removed_item (
    person INTEGER NOT NULL,
    message INTEGER NOT NULL,
    source INTEGER NOT NULL,
    at INTEGER NOT NULL,
    is_done INTEGER NOT NULL,          -- 0 while the removal is planned
    PRIMARY KEY (person, message)
) WITHOUT ROWID;

-- What may not be removed, and by whose word. Nothing is taken away from it: a hold is lifted.
CREATE TABLE legal_hold (
    id INTEGER PRIMARY KEY,
    source INTEGER,                    -- all messages of this source
    person INTEGER,                    -- or all that speak of this person
    at INTEGER NOT NULL,
    operator TEXT NOT NULL,
    reason TEXT NOT NULL,
    lifted_at INTEGER,
    lifted_by TEXT,
    lifted_reason TEXT
);

-- With which message a sender's counter of control ids began again: from there on
-- an id names one message anew.
CREATE TABLE counter_restart (
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, message)
) WITHOUT ROWID;

-- What was told against a message that was read and has a fault, so that whoever
-- sends it again is told the same.
CREATE TABLE told_against (
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (source, message)
) WITHOUT ROWID;

-- Whom a message speaks of, by chart: a chart may be linked to another person later.
CREATE TABLE message_chart (
    message INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    PRIMARY KEY (message, chart)
) WITHOUT ROWID;

-- Units of types that are not shown: kept, counted and said.
CREATE TABLE kept (
    message INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (message, unit)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,            -- message << 24 | how many of it waited before: a rebuild gives the same
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    kind TEXT NOT NULL,
    person INTEGER,                    -- whose record it concerns, where known
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL,            -- 0 waiting, 1 applied after all, 2 corrected, 3 dismissed
    chart_key TEXT,                    -- whom it seems to speak of: the source's own key for them
    nhs_number INTEGER                 -- and their NHS number
);
CREATE INDEX quarantine_person ON quarantine (person, state) WHERE person IS NOT NULL;
CREATE INDEX quarantine_message ON quarantine (message);
CREATE INDEX quarantine_waiting ON quarantine (source, at) WHERE state = 0;
-- Of whom nobody knows yet: whoever becomes known later takes what waits with them.
CREATE INDEX quarantine_number ON quarantine (nhs_number) WHERE person IS NULL AND nhs_number IS NOT NULL;
CREATE INDEX quarantine_chart ON quarantine (source, chart_key) WHERE person IS NULL AND chart_key IS NOT NULL;

-- What somebody decided about what waits: durable first, then carried out by the
-- intake, and never altered but for what came of it.
CREATE TABLE quarantine_act (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,
    item INTEGER NOT NULL,             -- which row of quarantine
    act INTEGER NOT NULL,              -- 0 taken, 1 replay, 2 correct, 3 dismiss
    staff TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    digest BLOB,                       -- of the corrected bytes, as in message
    size INTEGER,
    body BLOB,                         -- and they themselves, as in message
    correction INTEGER,                -- the message that they became
    done_at INTEGER,                   -- null while it is still to be done
    outcome TEXT
);
CREATE INDEX quarantine_act_item ON quarantine_act (item, id);
CREATE INDEX quarantine_act_correction ON quarantine_act (correction) WHERE correction IS NOT NULL;
CREATE INDEX quarantine_act_message ON quarantine_act (message, id);
-- One at a time for each message.
CREATE UNIQUE INDEX quarantine_act_open ON quarantine_act (message) WHERE done_at IS NULL;

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,          -- moves with every change of the record
    link_version INTEGER NOT NULL,     -- moves with every link, unlink and restriction
    next_place INTEGER NOT NULL,
    restricted INTEGER NOT NULL
);

-- A source's patient. Never rewritten by a link; `told` is what the source last said.
CREATE TABLE chart (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    key TEXT NOT NULL,
    person INTEGER NOT NULL,
    told TEXT,                         -- demographics as JSON; null while only referred to
    told_at INTEGER,                   -- the stated time of the message that told it
    since INTEGER NOT NULL,            -- the person's version from which it tells this
    found_by BLOB,                     -- its rows in number_key and look_up (keys.rs)
    UNIQUE (source, key)
);
CREATE INDEX chart_person ON chart (person);

-- What a chart told before under a person, from version `since` up to `until`.
CREATE TABLE chart_version (
    person INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    source INTEGER NOT NULL,
    told TEXT,
    told_at INTEGER
);
CREATE INDEX chart_version_person ON chart_version (person, until);

CREATE TABLE link_event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    person INTEGER NOT NULL,
    evidence TEXT NOT NULL
);
CREATE INDEX link_event_chart ON link_event (chart);

-- What changed about who is who beside the first sight of a chart, under each chart that it names: with the history of
-- links it is all that is needed to place charts anew without a decision that is taken back.
CREATE TABLE who_step (
    id INTEGER PRIMARY KEY,
    chart INTEGER NOT NULL,
    after INTEGER NOT NULL,            -- the event of link_event after which it came
    step TEXT NOT NULL                -- JSON: what a chart told before, what was asked or decided (who_step.rs)
);
CREATE INDEX who_step_chart ON who_step (chart);

-- Which charts of a source are one patient's, by its own word: merged or linked, and
-- perhaps parted again. The charts and what they hold stay as they are.
CREATE TABLE chart_join (
    prior INTEGER NOT NULL,            -- the chart that is to be no more
    survivor INTEGER NOT NULL,         -- the one that goes on
    person INTEGER NOT NULL,           -- whose both are, while it holds
    from_person INTEGER NOT NULL,      -- whose the prior chart was before
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,          -- which unit of which message said so
    unit INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state INTEGER NOT NULL,            -- 0 holds, 1 parted, 2 doubted, 3 parted while others hold (joins.rs)
    PRIMARY KEY (prior, survivor)
) WITHOUT ROWID;
CREATE INDEX chart_join_person ON chart_join (person, state);

-- Where a source has filed attendances of its patients since: under another number, made
-- one with another, or moved to another of its patients.
CREATE TABLE attendance_refiled (
    chart INTEGER NOT NULL,
    key_hash INTEGER NOT NULL,         -- of the attendance
    to_chart INTEGER NOT NULL,
    to_chart_key TEXT NOT NULL,       -- the source's own key of that chart
    to_key_hash INTEGER NOT NULL,
    makes_one INTEGER NOT NULL,        -- 1 where the two were different attendances
    at INTEGER NOT NULL,               -- when the source said so
    message INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    word INTEGER NOT NULL,             -- which of the unit's words
    PRIMARY KEY (chart, key_hash, at, message, unit, word)
) WITHOUT ROWID;

-- Entries that are not shown from version `since` up to `until`, because a joined chart
-- tells of the same later: the order that the source went on reporting under the surviving number.
CREATE TABLE entry_covered (
    person INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,                     -- null while it is
    chart INTEGER NOT NULL,
    by_chart INTEGER NOT NULL,
    PRIMARY KEY (person, entry, since)
) WITHOUT ROWID;

-- Look-ups: NHS number and folded names to person. They hold what a chart tells
-- now: a number that was corrected no longer finds the person.
CREATE TABLE number_key (
    nhs_number INTEGER NOT NULL,
    person INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    PRIMARY KEY (nhs_number, person, chart)
) WITHOUT ROWID;
-- By how a name sounds and a birth date, by how a family name sounds and a postcode, and by a house: for whoever
-- is looked for and for charts that arrive (identity::arrival_keys). A key begins with the birth date or the postcode: those
-- of one chart lie together, whichever they are (record::LookUpKey). A person has each once, however many charts tell the same.
CREATE TABLE look_up (
    key INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (key, person)
) WITHOUT ROWID;
-- By which rules all of these were made (look_up_rules.rs).
CREATE TABLE look_up_rules (
    version INTEGER NOT NULL
);
INSERT INTO look_up_rules (version) VALUES (3);
-- How many charts tell a name or a birth date now, hashed; under zero, how many tell anybody.
CREATE TABLE alike_count (
    key INTEGER PRIMARY KEY,
    charts INTEGER NOT NULL
);
-- Charts that are sealed from each other (adoption, gender recognition), each way round:
-- never weighed, listed or explained.
CREATE TABLE sealed_pair (
    chart INTEGER NOT NULL,
    other INTEGER NOT NULL,
    PRIMARY KEY (chart, other)
) WITHOUT ROWID;

-- Doubts about who is who, for the identity analyst; a banner on the records concerned.
CREATE TABLE work_item (
    id INTEGER PRIMARY KEY,            -- message << 24 | how many it raised before: a rebuild gives the same
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    person INTEGER NOT NULL,
    other_person INTEGER,
    chart INTEGER NOT NULL,
    source INTEGER NOT NULL,
    message INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    state INTEGER NOT NULL,            -- 0 open, 1 decided
    odds INTEGER                       -- that the two are one person: hundredths of a bit, where weighed
);
CREATE INDEX work_item_message ON work_item (message);
CREATE INDEX work_item_person ON work_item (person, state);
CREATE INDEX work_item_other ON work_item (other_person, state) WHERE other_person IS NOT NULL;

-- What somebody decided about who is who: durable first, then carried out by the intake,
-- and never altered but for how it stands and what came of it.
CREATE TABLE identity_act (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL,             -- which doubt
    act INTEGER NOT NULL,              -- 0 same person, 1 not the same, 2 ask the source, 3 unlink, 4 take back
    chart INTEGER,                     -- which chart is to be unlinked, or which decision is taken back
    staff TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    seen TEXT NOT NULL,                -- digest of what the charts told when it was decided
    state INTEGER NOT NULL,            -- 0 to be carried out, 1 waits for a second reviewer, 2 over
    seconds INTEGER,                   -- which act of a first reviewer this one confirms
    did TEXT,                          -- JSON: which charts went from whom to whom
    done_at INTEGER,
    outcome TEXT
);
CREATE INDEX identity_act_item ON identity_act (item, id);
-- One at a time for each doubt.
CREATE UNIQUE INDEX identity_act_open ON identity_act (item) WHERE state = 0;
CREATE UNIQUE INDEX identity_act_first ON identity_act (item) WHERE state = 1;
-- Charts that somebody told apart, each way round, and what each told then: they are asked
-- about again only once either tells something else.
CREATE TABLE kept_apart (
    chart INTEGER NOT NULL,
    other INTEGER NOT NULL,
    facts INTEGER NOT NULL,            -- digests of what each told of who its patient is
    other_facts INTEGER NOT NULL,
    PRIMARY KEY (chart, other)
) WITHOUT ROWID;
-- Charts that somebody linked by hand: whose each was before. The last that leads to whose it is may be undone.
CREATE TABLE hand_link (
    chart INTEGER NOT NULL,
    step INTEGER NOT NULL,             -- which decision
    from_person INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (chart, step)
) WITHOUT ROWID;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,            -- person << 20 | place: a record is one range
    chart INTEGER NOT NULL,
    key_hash INTEGER NOT NULL,
    source INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    sensitivity INTEGER NOT NULL,
    clinical_time TEXT,                -- as told, at its own precision
    recorded TEXT,
    author INTEGER,
    organisation INTEGER,
    code_system INTEGER,
    code TEXT,
    part_of INTEGER,                   -- key hash of what it belongs to
    message INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    span_start INTEGER NOT NULL,
    span_length INTEGER NOT NULL,
    since INTEGER NOT NULL,            -- the person's version at which it came to say this
    stated_at INTEGER,                 -- the newest stated time of a message that said so
    line TEXT NOT NULL
);
CREATE UNIQUE INDEX entry_key ON entry (chart, key_hash);

-- What an entry said before, from version `since` up to `until`; where both are
-- the same it was never shown under this id: it arrived late, or was replaced at once.
CREATE TABLE entry_version (
    id INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    chart INTEGER NOT NULL,
    source INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    sensitivity INTEGER NOT NULL,
    clinical_time TEXT,
    recorded TEXT,
    author INTEGER,
    organisation INTEGER,
    code_system INTEGER,
    code TEXT,
    part_of INTEGER,
    message INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    span_start INTEGER NOT NULL,
    span_length INTEGER NOT NULL,
    stated_at INTEGER,
    line TEXT NOT NULL,
    letter_body BLOB                   -- zstd, as in letter_text
);
CREATE INDEX entry_version_entry ON entry_version (id, until);

-- Letters may be long; their text is read only when one is opened.
CREATE TABLE letter_text (
    entry INTEGER PRIMARY KEY,
    body BLOB NOT NULL                 -- zstd
);
