INSERT INTO partitions_applied (name, through) VALUES ('p0', 7);
INSERT INTO project_counters (project_id, issues) VALUES (1, 1);
INSERT INTO issues (id, project_id, number, title, type, value, culprit, level, platform, logger, basis, event_count, user_count, first_seen, last_seen,
    first_release, last_release, status, substatus, priority, search_text)
    VALUES (1, 1, 1, 'TimeoutError: too slow', 'TimeoutError', 'too slow', 'shop.cart', 5, 'python', 'root', 'stacktrace', 7, 2, 1795392000000000, 1795485600000000,
    'shop@1', 'shop@2', 0, 0, 2, 'timeouterror: too slow');
INSERT INTO issue_hashes (hash, project_id, issue_id, grouping_version, first_seen) VALUES (hex(00112233445566778899aabbccddeeff), 1, 1, '1', 1795392000000000);
INSERT INTO issue_users (issue_id, user_hash) VALUES (1, 11), (1, 12);
INSERT INTO issue_tags (issue_id, tag, value, count, last_seen) VALUES (1, 'browser', 'Firefox', 7, 1795392000000000);
INSERT INTO issue_hours (issue_id, hour, project_id, count) VALUES (1, 498720, 1, 2), (1, 498721, 1, 4), (1, 498746, 1, 1);
INSERT INTO project_minutes (project_id, bucket, level, count) VALUES (1, 29923200, 5, 2), (1, 29923260, 5, 4), (1, 29924760, 5, 1);
INSERT INTO project_hours (project_id, bucket, level, count) VALUES (1, 498720, 5, 2), (1, 498721, 5, 4), (1, 498746, 5, 1);
INSERT INTO tag_hours (project_id, tag, hour, value, count, last_seen) VALUES
    (1, 'browser', 498720, 'Firefox', 2, 1795392000000000), (1, 'browser', 498721, 'Firefox', 4, 1795392000000000), (1, 'browser', 498746, 'Firefox', 1, 1795392000000000);
INSERT INTO releases (project_id, name, first_seen) VALUES (1, 'shop@1', 1795392000000000);
INSERT INTO ledger (project_id, minute, category, outcome, reason, quantity, bytes) VALUES
    (1, 29923200, 'error', 'stored', '', 2, 200), (1, 29923260, 'error', 'stored', '', 4, 400), (1, 29924760, 'error', 'stored', '', 1, 100), (1, 29923261, 'error', 'filtered', 'rule', 5, 500);
INSERT INTO project_days (project_id, day, events, logs, bytes) VALUES (1, 20780, 6, 0, 600), (1, 20781, 1, 0, 100);
INSERT INTO activities (id, issue_id, user_id, at, kind) VALUES (1, 1, 0, 1795392000000000, 'first_seen');
