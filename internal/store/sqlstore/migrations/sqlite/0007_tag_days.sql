-- +goose Up
-- Whether the day's many values of a tag were folded into the most frequent ones.
ALTER TABLE project_days ADD COLUMN tags_folded SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX project_days_unfolded ON project_days (day, project_id) WHERE tags_folded = 0;

-- Issues that count only some of a tag's values; the others are found through events.
CREATE INDEX issue_tags_other ON issue_tags (tag, issue_id) WHERE value = '';
