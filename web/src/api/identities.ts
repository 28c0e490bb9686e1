import { http, take } from './client'
import type { components } from './schema'
import type { Page } from './types'

export type LinkedIdentity = components['schemas']['LinkedIdentity']

export const identities = {
  list: () => take<Page<LinkedIdentity>>(http.GET('/api/v1/account/identities')),
  unlink: (identity_id: number) => take<void>(http.DELETE('/api/v1/account/identities/{identity_id}', { params: { path: { identity_id } } })),
}
