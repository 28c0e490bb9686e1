-- Words of a whole batch are sorted in memory. With FTS5's own bound of 1 MiB, a
-- batch of 2,500 events wrote three runs, which were then merged: a tenth of the
-- cost of the index. No more is held than one transaction brings.
INSERT INTO events_words (events_words, rank) VALUES ('hashsize', 4194304);
INSERT INTO log_words (log_words, rank) VALUES ('hashsize', 4194304);
