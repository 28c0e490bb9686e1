// One function for each operation that the pages use. Pages know these, not paths.
import { given, http, take, takeVersioned } from './client'
import type { paths } from './schema'
import type * as t from './types'

export type Filter = Pick<t.ListParams, 'query' | 'start' | 'end'>
type Span = { start?: string; end?: string; interval?: 'minute' | 'hour' | 'day'; timezone?: string }
type IssueQuery = NonNullable<paths['/api/v1/projects/{project_id}/issues']['get']['parameters']['query']>

const project = (project_id: number) => ({ path: { project_id } })
const organization = (organization_id: number) => ({ path: { organization_id } })
const issue = (issue_id: number) => ({ path: { issue_id } })

export const session = {
  get: () => take<t.Session>(http.GET('/api/v1/session')),
  signIn: (body: { email: string; password: string; code?: string }) => take<t.Session>(http.POST('/api/v1/session', { body })),
  signOut: () => take<void>(http.DELETE('/api/v1/session')),
  setUp: (body: { token: string; email: string; name: string; password: string; organization: string; project: string; platform: string }) =>
    take<t.Session>(http.POST('/api/v1/setup', { body })),
}

export const orgs = {
  create: (name: string) => take<t.Organization>(http.POST('/api/v1/orgs', { body: { name } })),
  update: (id: number, body: { name?: string; slug?: string }) => take<t.Organization>(http.PATCH('/api/v1/orgs/{organization_id}', { params: organization(id), body })),
  remove: (id: number, confirm: string) => take<void>(http.DELETE('/api/v1/orgs/{organization_id}', { params: { ...organization(id), query: { confirm } } })),
  members: (id: number) => take<t.Page<t.Member>>(http.GET('/api/v1/orgs/{organization_id}/members', { params: { ...organization(id), query: { limit: 100 } } })),
  setRole: (id: number, user_id: number, role: t.Role) =>
    take<t.Member>(http.PATCH('/api/v1/orgs/{organization_id}/members/{user_id}', { params: { path: { organization_id: id, user_id } }, body: { role } })),
  removeMember: (id: number, user_id: number) => take<void>(http.DELETE('/api/v1/orgs/{organization_id}/members/{user_id}', { params: { path: { organization_id: id, user_id } } })),
  invite: (id: number, body: { email?: string; role: t.Role }) => take<t.NewInvitation>(http.POST('/api/v1/orgs/{organization_id}/members', { params: organization(id), body })),
  invitations: (id: number) => take<t.Page<t.Invitation>>(http.GET('/api/v1/orgs/{organization_id}/invitations', { params: organization(id) })),
  withdrawInvitation: (id: number, invitation_id: number) =>
    take<void>(http.DELETE('/api/v1/orgs/{organization_id}/invitations/{invitation_id}', { params: { path: { organization_id: id, invitation_id } } })),
  auditLog: (id: number, cursor: string, signal?: AbortSignal) =>
    take<t.Page<t.AuditEntry>>(http.GET('/api/v1/orgs/{organization_id}/audit-log', { params: { ...organization(id), query: given({ cursor, limit: 50 }) }, signal })),
}

export const invitations = {
  get: (token: string) => take<t.InvitationOffer>(http.GET('/api/v1/invitations/{token}', { params: { path: { token } } })),
  accept: (token: string, body: { name?: string; email?: string; password?: string }) =>
    take<t.Session>(http.POST('/api/v1/invitations/{token}', { params: { path: { token } }, body })),
}

export const projects = {
  list: () => take<t.Page<t.Project>>(http.GET('/api/v1/projects', { params: { query: { limit: 100 } } })),
  create: (body: { organization_id: number; name: string; platform: string }) => take<t.Project>(http.POST('/api/v1/projects', { body })),
  update: (id: number, body: { name?: string; slug?: string; platform?: string }) => take<t.Project>(http.PATCH('/api/v1/projects/{project_id}', { params: project(id), body })),
  remove: (id: number, confirm: string) => take<void>(http.DELETE('/api/v1/projects/{project_id}', { params: { ...project(id), query: { confirm } } })),
  settings: (id: number) => takeVersioned<t.Settings>(http.GET('/api/v1/projects/{project_id}/settings', { params: project(id) })),
  saveSettings: (id: number, body: Partial<t.Settings>, etag: string) =>
    takeVersioned<t.Settings>(http.PATCH('/api/v1/projects/{project_id}/settings', { params: { ...project(id), header: given({ 'If-Match': etag }) }, body })),
  keys: (id: number) => take<t.Page<t.Key>>(http.GET('/api/v1/projects/{project_id}/keys', { params: project(id) })),
  createKey: (id: number, label: string) => take<t.Key>(http.POST('/api/v1/projects/{project_id}/keys', { params: project(id), body: { label } })),
  updateKey: (id: number, key_id: number, body: { label?: string; active?: boolean; rate_limit_per_minute?: number }) =>
    take<t.Key>(http.PATCH('/api/v1/projects/{project_id}/keys/{key_id}', { params: { path: { project_id: id, key_id } }, body })),
  removeKey: (id: number, key_id: number) => take<void>(http.DELETE('/api/v1/projects/{project_id}/keys/{key_id}', { params: { path: { project_id: id, key_id } } })),
  previewGrouping: (id: number, rules: string) => take<t.GroupingPreview>(http.POST('/api/v1/projects/{project_id}/grouping/preview', { params: project(id), body: { rules } })),
  retentionForecast: (id: number, query: { retention_days: number; byte_budget: number }, signal?: AbortSignal) =>
    take<t.RetentionForecast>(http.GET('/api/v1/projects/{project_id}/retention-forecast', { params: { ...project(id), query }, signal })),
  usage: (id: number, query: Span) => take<t.Usage>(http.GET('/api/v1/projects/{project_id}/usage', { params: { ...project(id), query: given(query) } })),
  discards: (id: number) => take<t.Page<t.Discard>>(http.GET('/api/v1/projects/{project_id}/discards', { params: project(id) })),
  removeDiscard: (id: number, discard_id: number) => take<void>(http.DELETE('/api/v1/projects/{project_id}/discards/{discard_id}', { params: { path: { project_id: id, discard_id } } })),
}

export const stats = {
  volume: (id: number, query: Span) => take<t.Volume>(http.GET('/api/v1/projects/{project_id}/stats/volume', { params: { ...project(id), query: given(query) } })),
  topIssues: (id: number, query: Span & { limit?: number }) =>
    take<{ items: t.TopIssue[] }>(http.GET('/api/v1/projects/{project_id}/stats/top-issues', { params: { ...project(id), query: given(query) } })),
  tag: (id: number, key: string, query: Span & { limit?: number }) =>
    take<t.TagDistribution>(http.GET('/api/v1/projects/{project_id}/stats/tags', { params: { ...project(id), query: given({ key, ...query }) } })),
  tagKeys: (id: number, query: Span) => take<{ items: string[] }>(http.GET('/api/v1/projects/{project_id}/stats/tag-keys', { params: { ...project(id), query: given(query) } })),
  health: (id: number, query: Span) => take<t.Health>(http.GET('/api/v1/projects/{project_id}/stats/health', { params: { ...project(id), query: given(query) } })),
}

export const issues = {
  list: (id: number, query: t.ListParams, signal?: AbortSignal) =>
    take<t.Page<t.Issue>>(http.GET('/api/v1/projects/{project_id}/issues', { params: { ...project(id), query: given(query) as IssueQuery }, signal })),
  count: (id: number, query: Filter) => take<t.IssueCount>(http.GET('/api/v1/projects/{project_id}/issues/count', { params: { ...project(id), query: given(query) } })),
  bulk: (id: number, body: t.IssuePatch & { ids?: number[]; query?: string }) => take<t.BulkResult>(http.PATCH('/api/v1/projects/{project_id}/issues', { params: project(id), body })),
  undo: (id: number, body: { ids: number[]; changed_at: string }) => take<t.BulkResult>(http.POST('/api/v1/projects/{project_id}/issues/undo', { params: project(id), body })),
  bulkDelete: (id: number, body: { ids?: number[]; query?: string; discard?: boolean }, keepalive = false) =>
    take<t.BulkResult>(http.POST('/api/v1/projects/{project_id}/issues/delete', { params: project(id), body, keepalive })),
  get: (id: number) => take<t.Issue>(http.GET('/api/v1/issues/{issue_id}', { params: issue(id) })),
  update: (id: number, body: t.IssuePatch) => take<t.Issue>(http.PATCH('/api/v1/issues/{issue_id}', { params: issue(id), body })),
  merge: (id: number, ids: number[]) => take<t.Issue>(http.POST('/api/v1/issues/{issue_id}/merge', { params: issue(id), body: { ids } })),
  hashes: (id: number) => take<t.Page<t.IssueHash>>(http.GET('/api/v1/issues/{issue_id}/hashes', { params: issue(id) })),
  split: (id: number, hashes: string[]) => take<t.SplitResult>(http.POST('/api/v1/issues/{issue_id}/split', { params: issue(id), body: { hashes } })),
  similar: (id: number) => take<t.Page<t.SimilarIssue>>(http.GET('/api/v1/issues/{issue_id}/similar', { params: issue(id) })),
  events: (id: number, query: t.ListParams, signal?: AbortSignal) =>
    take<t.Page<t.EventSummary>>(http.GET('/api/v1/issues/{issue_id}/events', { params: { ...issue(id), query: given(query) }, signal })),
  latest: (id: number, query: Filter) => take<t.EventDetail>(http.GET('/api/v1/issues/{issue_id}/events/latest', { params: { ...issue(id), query: given(query) } })),
  timeline: (id: number, query: Span) => take<t.Volume>(http.GET('/api/v1/issues/{issue_id}/timeline', { params: { ...issue(id), query: given(query) } })),
  tags: (id: number) => take<{ items: t.TagDistribution[] }>(http.GET('/api/v1/issues/{issue_id}/tags', { params: issue(id) })),
  activity: (id: number) => take<t.Page<t.Activity>>(http.GET('/api/v1/issues/{issue_id}/activity', { params: { ...issue(id), query: { limit: 50 } } })),
  comments: (id: number) => take<t.Page<t.Comment>>(http.GET('/api/v1/issues/{issue_id}/comments', { params: { ...issue(id), query: { limit: 100 } } })),
  comment: (id: number, text: string) => take<t.Comment>(http.POST('/api/v1/issues/{issue_id}/comments', { params: issue(id), body: { text } })),
}

export const events = {
  list: (id: number, query: t.ListParams, signal?: AbortSignal) =>
    take<t.Page<t.EventSummary>>(http.GET('/api/v1/projects/{project_id}/events', { params: { ...project(id), query: given(query) }, signal })),
  grouping: (event_id: string, compare = '') => take<t.EventGrouping>(http.GET('/api/v1/events/{event_id}/grouping', { params: { path: { event_id }, query: given({ compare }) } })),
  get: (event_id: string, query: Filter = {}) => take<t.EventDetail>(http.GET('/api/v1/events/{event_id}', { params: { path: { event_id }, query: given(query) } })),
}

export const logs = {
  list: (id: number, query: t.ListParams, signal?: AbortSignal) =>
    take<t.Page<t.LogEntry>>(http.GET('/api/v1/projects/{project_id}/logs', { params: { ...project(id), query: given(query) }, signal })),
}

export const logPatterns = {
  list: (id: number, query: { sort?: 'count' | 'last_seen'; limit?: number } = {}) => take<t.Page<t.LogPattern>>(http.GET('/api/v1/projects/{project_id}/log-patterns', { params: { ...project(id), query: given(query) } })),
}

export const account = {
  rename: (name: string) => take<t.User>(http.PATCH('/api/v1/account', { body: { name } })),
  sessions: () => take<t.Page<t.AccountSession>>(http.GET('/api/v1/account/sessions')),
  revokeSession: (session_id: number) => take<void>(http.DELETE('/api/v1/account/sessions/{session_id}', { params: { path: { session_id } } })),
  revokeOtherSessions: () => take<void>(http.DELETE('/api/v1/account/sessions')),
  changePassword: (body: { current: string; password: string }) => take<void>(http.POST('/api/v1/account/password', { body })),
  totp: () => take<t.SecondFactor>(http.GET('/api/v1/account/totp')),
  startTotp: (password: string) => take<{ secret: string; url: string }>(http.POST('/api/v1/account/totp', { body: { password } })),
  confirmTotp: (code: string) => take<{ codes: string[] }>(http.POST('/api/v1/account/totp/confirm', { body: { code } })),
  removeTotp: (password: string) => take<void>(http.POST('/api/v1/account/totp/remove', { body: { password } })),
  newRecoveryCodes: (password: string) => take<{ codes: string[] }>(http.POST('/api/v1/account/totp/recovery-codes', { body: { password } })),
  tokens: () => take<t.Page<t.Token>>(http.GET('/api/v1/tokens')),
  createToken: (body: { name: string; scopes: string[]; expires_at?: string }) => take<t.NewToken>(http.POST('/api/v1/tokens', { body })),
  revokeToken: (token_id: number) => take<void>(http.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id } } })),
}
