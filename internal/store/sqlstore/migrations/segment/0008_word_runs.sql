-- The indexes of words in the form of package wordindex: runs, and their leaves in
-- order. They are filled from the blocks, and those of FTS5 are dropped then.
CREATE TABLE event_word_runs (
    number INTEGER PRIMARY KEY,
    level SMALLINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    row_count BIGINT NOT NULL
);
CREATE TABLE event_word_leaves (run BIGINT NOT NULL, word BLOB NOT NULL, first_id BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, word, first_id)) WITHOUT ROWID;
CREATE TABLE log_word_runs (
    number INTEGER PRIMARY KEY,
    level SMALLINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    row_count BIGINT NOT NULL
);
CREATE TABLE log_word_leaves (run BIGINT NOT NULL, word BLOB NOT NULL, first_id BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, word, first_id)) WITHOUT ROWID;
-- Events that were deleted.
CREATE TABLE event_gone_runs (
    number INTEGER PRIMARY KEY,
    level SMALLINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    row_count BIGINT NOT NULL
);
CREATE TABLE event_gone_leaves (run BIGINT NOT NULL, word BLOB NOT NULL, first_id BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, word, first_id)) WITHOUT ROWID;
-- The index of words has the issues too.
DROP INDEX events_issue;
DROP TABLE events_vocabulary;
DROP TABLE log_vocabulary;
DROP TABLE events_words;
DROP TABLE log_words;
