INSERT INTO issue_days (issue_id, day, project_id, count) VALUES (1, 20780, 1, 6), (1, 20781, 1, 1);
INSERT INTO tag_days (project_id, tag, day, value, count, last_seen) VALUES (1, 'browser', 20780, 'Firefox', 6, 1795392000000000), (1, 'browser', 20781, 'Firefox', 1, 1795392000000000);
