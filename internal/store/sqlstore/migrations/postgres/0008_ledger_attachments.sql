-- +goose Up
-- What the ledger has counted since the first start, for metrics: unlike the
-- ledger's minutes these rows are never dropped, so that the sums only grow.
CREATE TABLE ledger_totals (
    project_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (project_id, category, outcome, reason)
);

INSERT INTO ledger_totals (project_id, category, outcome, reason, quantity, bytes)
SELECT project_id, category, outcome, reason, SUM(quantity), SUM(bytes) FROM ledger
GROUP BY project_id, category, outcome, reason;

-- What projects have stored of attachments per day of admission: their quota.
CREATE TABLE attachment_days (
    project_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (project_id, day)
);

-- Files that came with events. event is the row id of the event, id that of the
-- log record that brought the file; hash is of name and content.
CREATE TABLE attachments (
    event BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (event, hash)
);
