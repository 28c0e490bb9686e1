-- +goose Up
CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE team_members (
    team_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
) WITHOUT ROWID;
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE team_projects (
    team_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    PRIMARY KEY (team_id, project_id)
) WITHOUT ROWID;
CREATE INDEX team_projects_project ON team_projects (project_id);

-- Public links that show one issue, read-only.
CREATE TABLE issue_shares (
    issue_id BIGINT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
