import type { EventUser } from '@/api/types'

/** How a user is called in lists. */
export function userLabel(user: EventUser | null | undefined): string {
  return user?.email || user?.username || user?.name || user?.id || user?.ip_address || ''
}
