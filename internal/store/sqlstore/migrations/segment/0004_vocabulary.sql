-- The words that are in the indexes, in order, so that the beginning of a word
-- can be turned into the words that begin so. They take no space.
CREATE VIRTUAL TABLE events_vocabulary USING fts5vocab (events_words, instance);
CREATE VIRTUAL TABLE log_vocabulary USING fts5vocab (log_words, instance);
