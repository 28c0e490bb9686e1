import { http, take } from './client'
import type { components } from './schema'
import type { Payload } from './types'

type Schemas = components['schemas']
export type Share = Schemas['Share']
export type SharedIssue = Omit<Schemas['SharedIssue'], 'payload' | '$schema'> & { payload: Payload | null }

const issue = (issue_id: number) => ({ path: { issue_id } })

export const shares = {
  get: (id: number) => take<Share>(http.GET('/api/v1/issues/{issue_id}/share', { params: issue(id) })),
  create: (id: number) => take<{ url: string }>(http.POST('/api/v1/issues/{issue_id}/share', { params: issue(id) })),
  revoke: (id: number) => take<void>(http.DELETE('/api/v1/issues/{issue_id}/share', { params: issue(id) })),
  open: (token: string) => take<SharedIssue>(http.GET('/api/v1/shared/{token}', { params: { path: { token } } })),
}
