-- An index of words is written anew when half of it was deleted. By default a
-- tenth is enough, so that a project's events of a day were removed in a time of
-- which a quarter went into writing the words of all others four times.
INSERT INTO events_words (events_words, rank) VALUES ('deletemerge', 50);
INSERT INTO log_words (log_words, rank) VALUES ('deletemerge', 50);
