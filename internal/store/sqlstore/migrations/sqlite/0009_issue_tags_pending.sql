-- +goose Up
-- Counts that large batches owe issue_tags, packed, one row per batch and
-- project: adding up those of several seconds writes each counter once.
CREATE TABLE issue_tags_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL,
    counts BLOB NOT NULL
);
CREATE INDEX issue_tags_pending_project ON issue_tags_pending (project_id, id);
