import { problemOf } from './http'

type Query = Record<string, string | number | boolean | undefined | null>

export interface CallOptions {
  query?: Query
  body?: unknown
  signal?: AbortSignal
  headers?: Record<string, string>
  /** Lets the request finish although the page is being left. */
  keepalive?: boolean
}

const BASE = '/api/v1'

async function send(method: string, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', 'X-Mesher-CSRF': '1', ...options.headers }
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(BASE + path + search(options.query), {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal: options.signal,
    keepalive: options.keepalive,
    credentials: 'same-origin',
  })
  if (!response.ok) throw await problemOf(response)
  return response
}

function search(query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text ? `?${text}` : ''
}

/** Calls the management API and reads the answer as JSON; throws ApiError. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options)
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Like call, with the version of what was read, for If-Match. */
export async function callVersioned<T>(method: string, path: string, options: CallOptions = {}): Promise<{ data: T; etag: string }> {
  const response = await send(method, path, options)
  return { data: (await response.json()) as T, etag: response.headers.get('etag') ?? '' }
}
