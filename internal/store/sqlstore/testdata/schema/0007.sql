INSERT INTO ledger_hours (project_id, hour, category, outcome, reason, quantity, bytes) VALUES
    (1, 498720, 'error', 'stored', '', 2, 200), (1, 498721, 'error', 'stored', '', 4, 400), (1, 498746, 'error', 'stored', '', 1, 100), (1, 498721, 'error', 'filtered', 'rule', 5, 500);
