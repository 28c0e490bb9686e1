-- +goose Up
CREATE TABLE partitions_applied (
    name TEXT PRIMARY KEY,
    through BIGINT NOT NULL
);

-- One row per project: the lock that applying, merging and deleting share, and the number of its last issue.
CREATE TABLE project_counters (
    project_id BIGINT PRIMARY KEY,
    issues BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE issues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    culprit TEXT NOT NULL,
    level SMALLINT NOT NULL,
    platform TEXT NOT NULL,
    logger TEXT NOT NULL,
    basis TEXT NOT NULL,
    event_count BIGINT NOT NULL,
    user_count BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    first_release TEXT NOT NULL,
    last_release TEXT NOT NULL,
    status SMALLINT NOT NULL,
    substatus SMALLINT NOT NULL,
    priority SMALLINT NOT NULL,
    assignee_user BIGINT NOT NULL DEFAULT 0,
    assignee_team BIGINT NOT NULL DEFAULT 0,
    resolved_at BIGINT NOT NULL DEFAULT 0,
    resolved_in TEXT NOT NULL DEFAULT '',
    resolved_in_next SMALLINT NOT NULL DEFAULT 0,
    archived_until BIGINT NOT NULL DEFAULT 0,
    archived_until_users BIGINT NOT NULL DEFAULT 0,
    regressed_at BIGINT NOT NULL DEFAULT 0,
    escalated_at BIGINT NOT NULL DEFAULT 0,
    -- The issue that took this one over, 0 when none; its events are found under both ids.
    merged_into BIGINT NOT NULL DEFAULT 0,
    -- When the issue was deleted, 0 when it was not; housekeeping then removes what is left of it.
    deleted_at BIGINT NOT NULL DEFAULT 0,
    -- Title, type, value and culprit in lower case: lower() of the databases disagrees beyond ASCII.
    search_text TEXT NOT NULL,
    UNIQUE (project_id, number)
);
CREATE INDEX issues_last_seen ON issues (project_id, last_seen, id) WHERE merged_into = 0 AND deleted_at = 0;
CREATE INDEX issues_first_seen ON issues (project_id, first_seen, id) WHERE merged_into = 0 AND deleted_at = 0;
CREATE INDEX issues_event_count ON issues (project_id, event_count, id) WHERE merged_into = 0 AND deleted_at = 0;
CREATE INDEX issues_user_count ON issues (project_id, user_count, id) WHERE merged_into = 0 AND deleted_at = 0;
CREATE INDEX issues_merged ON issues (merged_into) WHERE merged_into <> 0;
CREATE INDEX issues_deleted ON issues (deleted_at) WHERE deleted_at <> 0;

-- A fingerprint belongs to an issue or to a discard.
CREATE TABLE issue_hashes (
    hash BLOB NOT NULL,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    discard_id BIGINT NOT NULL DEFAULT 0,
    grouping_version TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (hash, project_id)
) WITHOUT ROWID;
CREATE INDEX issue_hashes_issue ON issue_hashes (issue_id);
CREATE INDEX issue_hashes_discard ON issue_hashes (discard_id) WHERE discard_id <> 0;

CREATE TABLE discards (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    count BIGINT NOT NULL DEFAULT 0,
    last_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX discards_project ON discards (project_id, id);

CREATE TABLE issue_users (
    issue_id BIGINT NOT NULL,
    user_hash BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_hash)
) WITHOUT ROWID;

CREATE TABLE issue_tags (
    issue_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    value TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (issue_id, tag, value)
) WITHOUT ROWID;

CREATE TABLE issue_hours (
    issue_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (issue_id, hour)
) WITHOUT ROWID;
CREATE INDEX issue_hours_project ON issue_hours (project_id, hour);

CREATE TABLE project_minutes (
    project_id BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (project_id, bucket, level)
) WITHOUT ROWID;

CREATE TABLE project_hours (
    project_id BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    level SMALLINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (project_id, bucket, level)
) WITHOUT ROWID;

CREATE TABLE project_users (
    project_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (project_id, hour)
) WITHOUT ROWID;

CREATE TABLE tag_hours (
    project_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    hour BIGINT NOT NULL,
    value TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (project_id, tag, hour, value)
) WITHOUT ROWID;
CREATE INDEX tag_hours_hour ON tag_hours (project_id, hour);

CREATE TABLE releases (
    project_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
) WITHOUT ROWID;

CREATE TABLE ledger (
    project_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    category TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (project_id, minute, category, outcome, reason)
) WITHOUT ROWID;

-- What a project occupies per day, measured as it is written.
CREATE TABLE project_days (
    project_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    events BIGINT NOT NULL,
    logs BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (project_id, day)
) WITHOUT ROWID;

CREATE TABLE activities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT ''
);
CREATE INDEX activities_issue ON activities (issue_id, id);

CREATE TABLE user_reports (
    id BIGINT PRIMARY KEY,
    project_id BIGINT NOT NULL,
    event_id BLOB NOT NULL,
    received BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    comments TEXT NOT NULL
);
CREATE INDEX user_reports_project ON user_reports (project_id, id);
CREATE INDEX user_reports_event ON user_reports (event_id);

-- Work that housekeeping does in small steps: deleting an issue's or a project's data.
CREATE TABLE chores (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL DEFAULT 0,
    UNIQUE (kind, project_id, issue_id)
);
