-- +goose Up
-- The hours of issue_hours and tag_hours summed per UTC day: charts over weeks
-- read a day where they would read 24 hours.
CREATE TABLE issue_days (
    issue_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (issue_id, day)
);
CREATE INDEX issue_days_project ON issue_days (project_id, day);

CREATE TABLE tag_days (
    project_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    day BIGINT NOT NULL,
    value TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (project_id, tag, day, value)
);
CREATE INDEX tag_days_day ON tag_days (project_id, day);

INSERT INTO issue_days (issue_id, day, project_id, count)
    SELECT issue_id, hour / 24, project_id, SUM(count) FROM issue_hours GROUP BY issue_id, hour / 24, project_id;
INSERT INTO tag_days (project_id, tag, day, value, count, last_seen)
    SELECT project_id, tag, hour / 24, value, SUM(count), MAX(last_seen) FROM tag_hours GROUP BY project_id, tag, hour / 24, value;
