import { useQuery, useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter } from 'vue'
import { notifications, type Notification } from '@/api/notifications'
import { useLive } from './live'

export const unreadKey = ['notifications', 'unread'] as const

/** Between live facts, which only tell of the open project. */
const POLL_MS = 60_000

/** How many notifications wait. It is asked for again when the window gets the focus. */
export function useUnread() {
  const { data } = useQuery({ queryKey: unreadKey, queryFn: notifications.unread, refetchInterval: POLL_MS })
  return { unread: computed(() => data.value?.count ?? 0) }
}

/** Asks again when something changes an issue of the project: whether that is a notification, only the server knows. */
export function useLiveUnread(projectId: MaybeRefOrGetter<number>): void {
  const client = useQueryClient()
  useLive({ projectId, kinds: ['issue.changed', 'issue.regressed', 'issue.escalating'], onFacts: () => void client.invalidateQueries({ queryKey: unreadKey }) })
}

/** Takes over what the server says is left after notifications were read. */
export function setUnread(client: QueryClient, count: number): void {
  client.setQueryData(unreadKey, { count })
}

/** The number on the bell. */
export function badge(unread: number): string {
  return unread > 99 ? '99+' : String(unread)
}

/** What happened, as the rest of a sentence that begins with who did it; Mesher's own acts are whole sentences. */
export function happened(n: Pick<Notification, 'kind' | 'reason' | 'user_name'>): string {
  const team = n.reason === 'team_assigned'
  switch (n.kind) {
    case 'mentioned': return 'mentioned you'
    case 'assigned': return team ? 'assigned this to your team' : 'assigned this to you'
    case 'commented': return 'commented'
    case 'resolved': return n.user_name ? 'resolved this' : 'Resolved itself: it was quiet'
    case 'regressed': return 'Regressed: it happened again after it was resolved'
    case 'escalated': return 'Escalated: it happens far more often than usual'
  }
}
