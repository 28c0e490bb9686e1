-- +goose Up
-- Whether the day's many values of a tag were folded into the most frequent ones.
ALTER TABLE project_days ADD COLUMN tags_folded SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX project_days_unfolded ON project_days (day, project_id) WHERE tags_folded = 0;

-- Issues that count only some of a tag's values; the others are found through events.
CREATE INDEX issue_tags_other ON issue_tags (tag, issue_id) WHERE value = '';

-- The minutes of the ledger summed per hour: a month has 43,200 minutes.
CREATE TABLE ledger_hours (
    project_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    category TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (project_id, hour, category, outcome, reason)
);
INSERT INTO ledger_hours (project_id, hour, category, outcome, reason, quantity, bytes)
    SELECT project_id, minute / 60, category, outcome, reason, SUM(quantity), SUM(bytes) FROM ledger
    GROUP BY project_id, minute / 60, category, outcome, reason;
