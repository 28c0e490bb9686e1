import type { Payload } from '@/api/types'
import { stringifyExact } from './json'

export interface Highlight {
  label: string
  value: string
  /** The search key that finds events of the same value. */
  key?: string
}

/** Clients may put anything where a context has its name and version. */
function contextName(payload: Payload, name: string): string {
  const context = payload.contexts?.[name]
  if (typeof context !== 'object' || context === null) return ''
  const { name: title, version } = context as { name?: unknown; version?: unknown }
  return [title, version].filter((part) => (typeof part === 'string' && part !== '') || typeof part === 'number').join(' ')
}

function userName(payload: Payload): string {
  const u = payload.user
  return u?.email || u?.username || u?.name || u?.id || u?.ip_address || ''
}

/** The handful of facts that people look for first. */
export function highlights(payload: Payload): Highlight[] {
  const mechanism = payload.exception?.at(-1)?.mechanism
  const all: Highlight[] = [
    { label: 'handled', value: mechanism?.handled === undefined ? '' : mechanism.handled ? 'yes' : 'no' },
    { label: 'environment', value: payload.environment ?? '', key: 'environment' },
    { label: 'release', value: payload.release ?? '', key: 'release' },
    { label: 'user', value: userName(payload) },
    { label: 'transaction', value: payload.transaction ?? '', key: 'transaction' },
    { label: 'browser', value: contextName(payload, 'browser') },
    { label: 'runtime', value: contextName(payload, 'runtime') },
    { label: 'os', value: contextName(payload, 'os') },
    { label: 'server', value: payload.server_name ?? '', key: 'server_name' },
    { label: 'logger', value: payload.logger ?? '', key: 'logger' },
  ]
  return all.filter((h) => h.value !== '')
}

/** The message of an event that has one, with its template when they differ. */
export function messageParts(payload: Payload): { text: string; template: string; params: unknown } | null {
  const entry = payload.logentry
  const text = entry?.formatted || entry?.message || ''
  if (!text) return null
  return { text, template: entry?.message && entry.message !== text ? entry.message : '', params: entry?.params }
}

export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** The request as a shell command that repeats it. */
export function asCurl(payload: Payload): string {
  const r = payload.request
  if (!r?.url) return ''
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const query = Array.isArray(r.query_string) ? new URLSearchParams(r.query_string).toString() : (r.query_string ?? '')
  const url = query && !r.url.includes('?') ? `${r.url}?${query.replace(/^\?/, '')}` : r.url
  const parts = ['curl', ...(r.method && r.method !== 'GET' ? ['-X', r.method] : []), quote(url)]
  for (const [name, value] of r.headers ?? []) if (!/^(content-length|host|cookie)$/i.test(name)) parts.push('\\\n  -H', quote(`${name}: ${value}`))
  if (!isEmpty(r.data)) parts.push('\\\n  -d', quote(typeof r.data === 'string' ? r.data : stringifyExact(r.data)))
  return parts.join(' ')
}
