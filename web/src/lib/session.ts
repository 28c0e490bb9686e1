import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import * as api from '@/api'
import type { Project, Role, Session } from '@/api/types'
import { queryClient } from './query'

export const sessionKey = ['session'] as const
export const projectsKey = ['projects'] as const

const sessionQuery = { queryKey: sessionKey, queryFn: api.session.get, staleTime: 60_000 }
const projectsQuery = { queryKey: projectsKey, queryFn: () => api.projects.list().then((p) => p.items), staleTime: 30_000 }

/** The session for route guards, from the cache when it is fresh. */
export function loadSession(): Promise<Session> {
  return queryClient.fetchQuery(sessionQuery)
}

export function loadProjects(): Promise<Project[]> {
  return queryClient.fetchQuery(projectsQuery)
}

const RANK: Record<Role, number> = { viewer: 1, member: 2, admin: 3, owner: 4 }

export function useSession() {
  const client = useQueryClient()
  const { data } = useQuery(sessionQuery)
  const user = computed(() => data.value?.user ?? null)
  const organizations = computed(() => data.value?.organizations ?? [])

  /** Whether the user has at least this role in the organization. */
  function atLeast(organizationId: number | undefined, role: Role): boolean {
    const mine = organizations.value.find((o) => o.id === organizationId)?.role
    return !!mine && RANK[mine] >= RANK[role]
  }

  async function signOut() {
    await api.session.signOut()
    client.clear()
    location.assign('/sign-in')
  }

  return { session: data, user, organizations, atLeast, signOut }
}

export function useProjects() {
  const { data, isPending, error, refetch } = useQuery(projectsQuery)
  return { projects: computed(() => data.value ?? []), isPending, error, refetch }
}

const LAST_KEY = 'mesher.project'

export function rememberProject(id: number): void {
  try {
    localStorage.setItem(LAST_KEY, String(id))
  } catch {
    // Without storage the first project is the default.
  }
}

export function lastProject(): number {
  try {
    return Number(localStorage.getItem(LAST_KEY)) || 0
  } catch {
    return 0
  }
}
