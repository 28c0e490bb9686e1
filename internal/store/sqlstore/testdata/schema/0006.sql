INSERT INTO issue_subscriptions (issue_id, user_id, subscribed, reason, created_at) VALUES (1, 1, 1, 'chosen', 1795392000000000);
INSERT INTO notifications (id, user_id, activity_id, reason, at) VALUES (1, 1, 1, 'subscribed', 1795392000000000);
INSERT INTO user_identities (id, user_id, issuer, subject, email, created_at, last_used_at) VALUES (1, 1, 'https://id.example.org', 's-1', 'owner@example.org', 1795392000000000, 1795392000000000);
