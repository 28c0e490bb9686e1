-- +goose Up
-- Issues by a tag's value, without a look at every issue's tags. It has the
-- rows of issue_tags_other too, which are those with an empty value.
CREATE INDEX issue_tags_value ON issue_tags (tag, value, issue_id);
DROP INDEX issue_tags_other;
-- How often a value comes with a tag. PostgreSQL would multiply their shares,
-- and expect 24 issues where 1,000 have been in production.
CREATE STATISTICS issue_tags_kinds (mcv) ON tag, value FROM issue_tags;
ANALYZE issue_tags;
