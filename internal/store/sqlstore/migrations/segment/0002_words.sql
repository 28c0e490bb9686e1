-- Leaves that fill a page of 16 KB, and half as many merges: together 15 % of
-- the cost of a batch. A search reads a few more runs for it.
INSERT INTO events_words (events_words, rank) VALUES ('pgsz', 15000), ('automerge', 8);
INSERT INTO log_words (log_words, rank) VALUES ('pgsz', 15000), ('automerge', 8);
