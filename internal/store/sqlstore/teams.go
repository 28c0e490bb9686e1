package sqlstore

import (
	"context"

	"github.com/mesher/mesher/internal/store"
)

const teamColumns = "id, organization_id, slug, name, created_at"

func scanTeam(r scanner) (store.Team, error) {
	var t store.Team
	return t, r.Scan(&t.ID, &t.OrganizationID, &t.Slug, &t.Name, &t.CreatedAt)
}

// CreateTeam implements store.Teams.
func (s *Store) CreateTeam(ctx context.Context, t store.Team) (store.Team, error) {
	err := s.write(ctx, func(c conn) (err error) {
		t, err = one(ctx, c, scanTeam, "INSERT INTO teams (organization_id, slug, name, created_at) VALUES ($1, $2, $3, $4) RETURNING "+teamColumns,
			t.OrganizationID, t.Slug, t.Name, t.CreatedAt)
		return err
	})
	return t, err
}

// GetTeam implements store.Teams.
func (s *Store) GetTeam(ctx context.Context, orgID, id int64) (t store.Team, err error) {
	err = s.read(ctx, func(c conn) error {
		t, err = one(ctx, c, scanTeam, "SELECT "+teamColumns+" FROM teams WHERE organization_id = $1 AND id = $2", orgID, id)
		if err != nil {
			return err
		}
		return fillTeams(ctx, c, []*store.Team{&t})
	})
	return t, err
}

// ListTeams implements store.Teams.
func (s *Store) ListTeams(ctx context.Context, orgID int64) (teams []store.Team, err error) {
	err = s.read(ctx, func(c conn) error {
		teams, err = all(ctx, c, scanTeam, "SELECT "+teamColumns+" FROM teams WHERE organization_id = $1 ORDER BY id", orgID)
		if err != nil {
			return err
		}
		refs := make([]*store.Team, len(teams))
		for i := range teams {
			refs[i] = &teams[i]
		}
		return fillTeams(ctx, c, refs)
	})
	return teams, err
}

// fillTeams reads who and what belongs to the teams.
func fillTeams(ctx context.Context, c conn, teams []*store.Team) error {
	byID := map[int64]*store.Team{}
	ids := make([]int64, len(teams))
	for i, t := range teams {
		byID[t.ID], ids[i] = t, t.ID
	}
	collect := func(add func(*store.Team, int64)) func(scanner) error {
		return func(r scanner) error {
			var team, id int64
			err := r.Scan(&team, &id)
			if t := byID[team]; t != nil {
				add(t, id)
			}
			return err
		}
	}
	err := listOf(ctx, c, "SELECT team_id, user_id FROM team_members WHERE team_id IN (…) ORDER BY user_id", ids,
		collect(func(t *store.Team, id int64) { t.UserIDs = append(t.UserIDs, id) }))
	if err != nil {
		return err
	}
	return listOf(ctx, c, `SELECT t.team_id, t.project_id FROM team_projects t JOIN projects p ON p.id = t.project_id AND p.deleted_at = 0
			WHERE t.team_id IN (…) ORDER BY t.project_id`, ids,
		collect(func(t *store.Team, id int64) { t.ProjectIDs = append(t.ProjectIDs, id) }))
}

// TeamNames implements store.Teams.
func (s *Store) TeamNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	if len(ids) == 0 {
		return names, nil
	}
	err := s.read(ctx, func(c conn) error {
		return listOf(ctx, c, "SELECT id, name FROM teams WHERE id IN (…)", unique(ids), func(r scanner) error {
			var id int64
			var name string
			err := r.Scan(&id, &name)
			names[id] = name
			return err
		})
	})
	return names, err
}

// UpdateTeam implements store.Teams.
func (s *Store) UpdateTeam(ctx context.Context, before, after store.Team) error {
	return s.revise(ctx, "UPDATE teams SET slug = $1, name = $2 WHERE organization_id = $3 AND id = $4 AND slug = $5 AND name = $6",
		after.Slug, after.Name, after.OrganizationID, after.ID, before.Slug, before.Name)
}

// DeleteTeam implements store.Teams.
func (s *Store) DeleteTeam(ctx context.Context, orgID, id int64) error {
	return s.write(ctx, func(c conn) error {
		if err := c.execOne(ctx, "DELETE FROM teams WHERE organization_id = $1 AND id = $2", orgID, id); err != nil {
			return err
		}
		for _, statement := range []string{
			"DELETE FROM team_members WHERE team_id = $1",
			"DELETE FROM team_projects WHERE team_id = $1",
			"UPDATE issues SET assignee_team = 0 WHERE assignee_team = $1",
		} {
			if _, err := c.exec(ctx, statement, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// hasTeam locks the team's row, so that it is not deleted meanwhile.
func hasTeam(ctx context.Context, c conn, orgID, id int64) error {
	return c.row(ctx, "SELECT id FROM teams WHERE organization_id = $1 AND id = $2"+c.d.forUpdate, []any{orgID, id}, &id)
}

// AddTeamMember implements store.Teams.
func (s *Store) AddTeamMember(ctx context.Context, orgID, id, userID int64) error {
	return s.write(ctx, func(c conn) error {
		if err := hasTeam(ctx, c, orgID, id); err != nil {
			return err
		}
		if err := c.row(ctx, "SELECT user_id FROM members WHERE organization_id = $1 AND user_id = $2", []any{orgID, userID}, &userID); err != nil {
			return err
		}
		_, err := c.exec(ctx, "INSERT INTO team_members (team_id, user_id) VALUES ($1, $2) ON CONFLICT (team_id, user_id) DO NOTHING", id, userID)
		return err
	})
}

// RemoveTeamMember implements store.Teams.
func (s *Store) RemoveTeamMember(ctx context.Context, orgID, id, userID int64) error {
	return s.write(ctx, func(c conn) error {
		if err := hasTeam(ctx, c, orgID, id); err != nil {
			return err
		}
		return c.execOne(ctx, "DELETE FROM team_members WHERE team_id = $1 AND user_id = $2", id, userID)
	})
}

// AddTeamProject implements store.Teams.
func (s *Store) AddTeamProject(ctx context.Context, orgID, id, projectID int64) error {
	return s.write(ctx, func(c conn) error {
		if err := hasTeam(ctx, c, orgID, id); err != nil {
			return err
		}
		if err := c.row(ctx, "SELECT id FROM projects WHERE organization_id = $1 AND id = $2 AND deleted_at = 0", []any{orgID, projectID}, &projectID); err != nil {
			return err
		}
		_, err := c.exec(ctx, "INSERT INTO team_projects (team_id, project_id) VALUES ($1, $2) ON CONFLICT (team_id, project_id) DO NOTHING", id, projectID)
		return err
	})
}

// RemoveTeamProject implements store.Teams.
func (s *Store) RemoveTeamProject(ctx context.Context, orgID, id, projectID int64) error {
	return s.write(ctx, func(c conn) error {
		if err := hasTeam(ctx, c, orgID, id); err != nil {
			return err
		}
		return c.execOne(ctx, "DELETE FROM team_projects WHERE team_id = $1 AND project_id = $2", id, projectID)
	})
}
