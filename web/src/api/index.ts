// One function for each operation that the pages use. Pages know these, not paths.
import { call, callVersioned } from './client'
import type * as t from './types'

export type Filter = Pick<t.ListParams, 'query' | 'start' | 'end'>

export const session = {
  get: () => call<t.Session>('GET', '/session'),
  signIn: (body: { email: string; password: string; code?: string }) => call<t.Session>('POST', '/session', { body }),
  signOut: () => call<void>('DELETE', '/session'),
  setUp: (body: { token: string; email: string; name: string; password: string; organization: string; project: string; platform: string }) =>
    call<t.Session>('POST', '/setup', { body }),
}

export const orgs = {
  create: (name: string) => call<t.Organization>('POST', '/orgs', { body: { name } }),
  update: (id: number, body: { name?: string; slug?: string }) => call<t.Organization>('PATCH', `/orgs/${id}`, { body }),
  remove: (id: number, confirm: string) => call<void>('DELETE', `/orgs/${id}`, { query: { confirm } }),
  members: (id: number) => call<t.Page<t.Member>>('GET', `/orgs/${id}/members`, { query: { limit: 100 } }),
  setRole: (id: number, userId: number, role: t.Role) => call<t.Member>('PATCH', `/orgs/${id}/members/${userId}`, { body: { role } }),
  removeMember: (id: number, userId: number) => call<void>('DELETE', `/orgs/${id}/members/${userId}`),
  invite: (id: number, body: { email?: string; role: t.Role }) => call<t.NewInvitation>('POST', `/orgs/${id}/members`, { body }),
  invitations: (id: number) => call<t.Page<t.Invitation>>('GET', `/orgs/${id}/invitations`, { query: { limit: 100 } }),
  withdrawInvitation: (id: number, invitationId: number) => call<void>('DELETE', `/orgs/${id}/invitations/${invitationId}`),
  auditLog: (id: number, cursor: string, signal?: AbortSignal) =>
    call<t.Page<t.AuditEntry>>('GET', `/orgs/${id}/audit-log`, { query: { cursor, limit: 50 }, signal }),
}

export const invitations = {
  get: (token: string) => call<t.InvitationOffer>('GET', `/invitations/${encodeURIComponent(token)}`),
  accept: (token: string, body: { name?: string; email?: string; password?: string }) =>
    call<t.Session>('POST', `/invitations/${encodeURIComponent(token)}`, { body }),
}

export const projects = {
  list: () => call<t.Page<t.Project>>('GET', '/projects', { query: { limit: 100 } }),
  get: (id: number) => call<t.Project>('GET', `/projects/${id}`),
  create: (body: { organization_id: number; name: string; platform: string }) => call<t.Project>('POST', '/projects', { body }),
  update: (id: number, body: { name?: string; slug?: string; platform?: string }) => call<t.Project>('PATCH', `/projects/${id}`, { body }),
  remove: (id: number, confirm: string) => call<void>('DELETE', `/projects/${id}`, { query: { confirm } }),
  settings: (id: number) => callVersioned<t.Settings>('GET', `/projects/${id}/settings`),
  saveSettings: (id: number, body: Partial<t.Settings>, etag: string) =>
    callVersioned<t.Settings>('PATCH', `/projects/${id}/settings`, { body, headers: etag ? { 'If-Match': etag } : {} }),
  keys: (id: number) => call<t.Page<t.Key>>('GET', `/projects/${id}/keys`, { query: { limit: 100 } }),
  createKey: (id: number, label: string) => call<t.Key>('POST', `/projects/${id}/keys`, { body: { label } }),
  updateKey: (id: number, keyId: number, body: { label?: string; active?: boolean; rate_limit_per_minute?: number }) =>
    call<t.Key>('PATCH', `/projects/${id}/keys/${keyId}`, { body }),
  removeKey: (id: number, keyId: number) => call<void>('DELETE', `/projects/${id}/keys/${keyId}`),
  usage: (id: number, query: { start: string; end?: string }) => call<t.Usage>('GET', `/projects/${id}/usage`, { query }),
}

export const stats = {
  volume: (id: number, query: Filter & { interval?: string; timezone?: string }) => call<t.Volume>('GET', `/projects/${id}/stats/volume`, { query }),
  topIssues: (id: number, query: Filter & { limit?: number }) =>
    call<{ items: t.TopIssue[] }>('GET', `/projects/${id}/stats/top-issues`, { query }),
  tag: (id: number, key: string, query: Filter & { limit?: number }) => call<t.TagDistribution>('GET', `/projects/${id}/stats/tags`, { query: { key, ...query } }),
  tagKeys: (id: number, query: Filter) => call<{ items: t.TagDistribution[] }>('GET', `/projects/${id}/stats/tags`, { query: { ...query } }),
  health: (id: number, query: Filter) => call<t.Health>('GET', `/projects/${id}/stats/health`, { query: { ...query } }),
}

export const issues = {
  list: (projectId: number, query: t.ListParams, signal?: AbortSignal) => call<t.Page<t.Issue>>('GET', `/projects/${projectId}/issues`, { query: { ...query }, signal }),
  bulk: (projectId: number, body: t.IssuePatch & { ids?: number[]; query?: string }) => call<t.BulkResult>('PATCH', `/projects/${projectId}/issues`, { body }),
  bulkDelete: (projectId: number, body: { ids?: number[]; query?: string; discard?: boolean }, keepalive = false) =>
    call<t.BulkResult>('POST', `/projects/${projectId}/issues/delete`, { body, keepalive }),
  get: (id: number) => call<t.Issue>('GET', `/issues/${id}`),
  update: (id: number, body: t.IssuePatch) => call<t.Issue>('PATCH', `/issues/${id}`, { body }),
  events: (id: number, query: t.ListParams, signal?: AbortSignal) => call<t.Page<t.EventSummary>>('GET', `/issues/${id}/events`, { query: { ...query }, signal }),
  event: (id: number, which: 'latest' | 'first') => call<t.EventDetail>('GET', `/issues/${id}/events/${which}`),
  timeline: (id: number, query: Filter & { interval?: string; timezone?: string }) => call<t.Volume>('GET', `/issues/${id}/timeline`, { query: { ...query } }),
  tags: (id: number) => call<{ items: t.TagDistribution[] }>('GET', `/issues/${id}/tags`),
  activity: (id: number) => call<t.Page<t.Activity>>('GET', `/issues/${id}/activity`, { query: { limit: 50 } }),
  comments: (id: number) => call<t.Page<t.Comment>>('GET', `/issues/${id}/comments`, { query: { limit: 100 } }),
  comment: (id: number, text: string) => call<t.Comment>('POST', `/issues/${id}/comments`, { body: { text } }),
}

export const events = {
  list: (projectId: number, query: t.ListParams, signal?: AbortSignal) =>
    call<t.Page<t.EventSummary>>('GET', `/projects/${projectId}/events`, { query: { ...query }, signal }),
  get: (id: string, query: { query?: string; issue?: number } = {}) => call<t.EventDetail>('GET', `/events/${id}`, { query }),
}

export const logs = {
  list: (projectId: number, query: t.ListParams, signal?: AbortSignal) =>
    call<t.Page<t.LogEntry>>('GET', `/projects/${projectId}/logs`, { query: { ...query }, signal }),
}

export const account = {
  rename: (name: string) => call<t.User>('PATCH', '/account', { body: { name } }),
  sessions: () => call<t.Page<t.AccountSession>>('GET', '/account/sessions'),
  revokeSession: (id: number) => call<void>('DELETE', `/account/sessions/${id}`),
  revokeOtherSessions: () => call<void>('DELETE', '/account/sessions'),
  changePassword: (body: { current: string; password: string }) => call<void>('POST', '/account/password', { body }),
  totp: () => call<t.SecondFactor>('GET', '/account/totp'),
  startTotp: (password: string) => call<{ secret: string; url: string }>('POST', '/account/totp', { body: { password } }),
  confirmTotp: (code: string) => call<{ codes: string[] }>('POST', '/account/totp/confirm', { body: { code } }),
  removeTotp: (password: string) => call<void>('POST', '/account/totp/remove', { body: { password } }),
  newRecoveryCodes: (password: string) => call<{ codes: string[] }>('POST', '/account/totp/recovery-codes', { body: { password } }),
  tokens: () => call<t.Page<t.Token>>('GET', '/tokens', { query: { limit: 100 } }),
  createToken: (body: { name: string; scopes: string[]; expires_at?: string }) => call<t.NewToken>('POST', '/tokens', { body }),
  revokeToken: (id: number) => call<void>('DELETE', `/tokens/${id}`),
}
