import { http, take } from './client'
import type { components } from './schema'
import type { Page } from './types'

export type Team = components['schemas']['Team']

const at = (organization_id: number) => ({ path: { organization_id } })
const one = (organization_id: number, team_id: number) => ({ path: { organization_id, team_id } })

export const teams = {
  list: (id: number) => take<Page<Team>>(http.GET('/api/v1/orgs/{organization_id}/teams', { params: at(id) })),
  create: (id: number, name: string) => take<Team>(http.POST('/api/v1/orgs/{organization_id}/teams', { params: at(id), body: { name } })),
  rename: (id: number, team: number, name: string) => take<Team>(http.PATCH('/api/v1/orgs/{organization_id}/teams/{team_id}', { params: one(id, team), body: { name } })),
  remove: (id: number, team: number) => take<void>(http.DELETE('/api/v1/orgs/{organization_id}/teams/{team_id}', { params: one(id, team) })),
  addMember: (id: number, team: number, user_id: number) =>
    take<void>(http.PUT('/api/v1/orgs/{organization_id}/teams/{team_id}/members/{user_id}', { params: { path: { ...one(id, team).path, user_id } } })),
  removeMember: (id: number, team: number, user_id: number) =>
    take<void>(http.DELETE('/api/v1/orgs/{organization_id}/teams/{team_id}/members/{user_id}', { params: { path: { ...one(id, team).path, user_id } } })),
  addProject: (id: number, team: number, project_id: number) =>
    take<void>(http.PUT('/api/v1/orgs/{organization_id}/teams/{team_id}/projects/{project_id}', { params: { path: { ...one(id, team).path, project_id } } })),
  removeProject: (id: number, team: number, project_id: number) =>
    take<void>(http.DELETE('/api/v1/orgs/{organization_id}/teams/{team_id}/projects/{project_id}', { params: { path: { ...one(id, team).path, project_id } } })),
}

/** The cache's name for an organization's teams. */
export const teamsKey = (organizationId: number | undefined) => ['teams', organizationId]
