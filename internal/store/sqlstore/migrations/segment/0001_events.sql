CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    event_id BLOB NOT NULL,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    block_id BIGINT NOT NULL,
    slot SMALLINT NOT NULL,
    level SMALLINT NOT NULL,
    outcome SMALLINT NOT NULL
);
CREATE INDEX events_event_id ON events (event_id);
CREATE INDEX events_issue ON events (issue_id, id);

-- Up to 64 events of one project, compressed together: summaries for lists, payloads for details.
CREATE TABLE event_blocks (
    id INTEGER PRIMARY KEY,
    project_id BIGINT NOT NULL,
    summaries BLOB NOT NULL,
    payloads BLOB NOT NULL
);

CREATE TABLE log_entries (
    id INTEGER PRIMARY KEY,
    project_id BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    block_id BIGINT NOT NULL,
    slot SMALLINT NOT NULL,
    level SMALLINT NOT NULL
);

CREATE TABLE log_blocks (
    id INTEGER PRIMARY KEY,
    project_id BIGINT NOT NULL,
    entries BLOB NOT NULL
);

-- Words and hashed tags; detail=none keeps no positions, so phrases are verified on the summary.
CREATE VIRTUAL TABLE events_words USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize="ascii");
CREATE VIRTUAL TABLE log_words USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize="ascii");
