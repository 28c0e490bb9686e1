-- +goose Up
-- Who follows an issue. A row with subscribed 0 is a person's own no, which
-- what they do later does not undo.
CREATE TABLE issue_subscriptions (
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    subscribed SMALLINT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
) WITHOUT ROWID;

-- Whom an activity is told to. What happened is the activity's to say, so that
-- it follows its issue through a merge.
CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (activity_id, user_id)
);
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at = 0;

-- Who somebody is at an identity provider.
CREATE TABLE user_identities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (issuer, subject),
    -- One identity of a provider for each account: an address that the provider gives to somebody else does not open it.
    UNIQUE (user_id, issuer)
);

-- Issues that are archived until a time.
CREATE INDEX issues_archived_until ON issues (archived_until) WHERE status = 3 AND substatus = 6;
