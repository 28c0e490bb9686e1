import { given, http, take } from './client'
import type { components } from './schema'
import type { Page } from './types'

export type Notification = Omit<components['schemas']['Notification'], 'read_at'> & { read_at: string | null }
export type Subscriber = components['schemas']['Subscriber']

const issue = (issue_id: number) => ({ path: { issue_id } })

export const notifications = {
  list: (query: { unread?: boolean; cursor?: string; limit?: number }, signal?: AbortSignal) => take<Page<Notification>>(http.GET('/api/v1/notifications', { params: { query: given(query) }, signal })),
  unread: () => take<{ count: number }>(http.GET('/api/v1/notifications/unread')),
  markRead: (body: { ids?: number[]; through?: number }) => take<{ count: number }>(http.POST('/api/v1/notifications/read', { body })),
  subscribers: (id: number) => take<Page<Subscriber>>(http.GET('/api/v1/issues/{issue_id}/subscribers', { params: issue(id) })),
  subscribe: (id: number) => take<void>(http.PUT('/api/v1/issues/{issue_id}/subscription', { params: issue(id) })),
  unsubscribe: (id: number) => take<void>(http.DELETE('/api/v1/issues/{issue_id}/subscription', { params: issue(id) })),
}
