-- Deleting rows does not write an index of words anew, by default when a tenth of
-- them is gone: removing a project from a day wrote the words of all others four
-- times. It is done once, when the file is rewritten.
INSERT INTO events_words (events_words, rank) VALUES ('deletemerge', 0);
INSERT INTO log_words (log_words, rank) VALUES ('deletemerge', 0);
