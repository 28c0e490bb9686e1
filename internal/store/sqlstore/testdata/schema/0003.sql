INSERT INTO teams (id, organization_id, slug, name, created_at) VALUES (1, 1, 'backend', 'Backend', 1795392000000000);
INSERT INTO team_members (team_id, user_id) VALUES (1, 1);
INSERT INTO team_projects (team_id, project_id) VALUES (1, 1);
INSERT INTO issue_shares (issue_id, hash, created_by, created_at) VALUES (1, hex(aabb), 1, 1795392000000000);
