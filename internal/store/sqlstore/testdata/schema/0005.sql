INSERT INTO issue_similar (issue_id, hash, project_id) VALUES (1, hex(0102), 1);
INSERT INTO log_patterns (project_id, hash, pattern, level, count, first_seen, last_seen) VALUES (1, hex(0304), 'user <*> left', 2, 9, 1795392000000000, 1795392000000000);
INSERT INTO log_learners (project_id, snapshot, saved_at) VALUES (1, hex(05), 1795392000000000);
