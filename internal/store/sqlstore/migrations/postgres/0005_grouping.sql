-- +goose Up
-- Weak hashes of issues: they only link issues that look alike.
CREATE TABLE issue_similar (
    issue_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    project_id BIGINT NOT NULL,
    PRIMARY KEY (issue_id, hash)
);
CREATE INDEX issue_similar_hash ON issue_similar (hash, project_id);

-- How many log entries of each pattern came; the hash is of the pattern's text.
CREATE TABLE log_patterns (
    project_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    pattern TEXT NOT NULL,
    level SMALLINT NOT NULL,
    count BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);
CREATE INDEX log_patterns_last_seen ON log_patterns (project_id, last_seen);

-- What was learned of a project's log patterns.
CREATE TABLE log_learners (
    project_id BIGINT PRIMARY KEY,
    snapshot BYTEA NOT NULL,
    saved_at BIGINT NOT NULL
);
