INSERT INTO ledger_totals (project_id, category, outcome, reason, quantity, bytes) VALUES (1, 'attachment', 'stored', '', 3, 300);
INSERT INTO attachment_days (project_id, day, bytes) VALUES (1, 20780, 300);
