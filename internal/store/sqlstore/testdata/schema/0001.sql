INSERT INTO users (id, email, name, password_hash, created_at) VALUES (1, 'owner@example.org', 'Owner', 'hash', 1795392000000000);
INSERT INTO organizations (id, slug, name, created_at) VALUES (1, 'acme', 'Acme', 1795392000000000);
INSERT INTO members (organization_id, user_id, role, created_at) VALUES (1, 1, 4, 1795392000000000);
INSERT INTO projects (id, organization_id, slug, name, platform, settings, created_at) VALUES (1, 1, 'shop', 'Shop', 'python', '{"retention_days":30}', 1795392000000000);
INSERT INTO project_keys (id, project_id, public_key, label, active, created_at) VALUES (1, 1, '0123456789abcdef0123456789abcdef', 'Default', 1, 1795392000000000);
INSERT INTO bookmarks (user_id, issue_id, created_at) VALUES (1, 1, 1795392000000000);
