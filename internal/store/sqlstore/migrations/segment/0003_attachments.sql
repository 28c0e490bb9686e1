-- Files that came with events. event is the row id of the event, id that of the
-- log record that brought the file; hash is of name and content.
CREATE TABLE attachments (
    event BIGINT NOT NULL,
    hash BLOB NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (event, hash)
);
