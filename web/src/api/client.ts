import createClient from 'openapi-fetch'
import { problemError } from './http'
import { parseExact } from '@/lib/json'
import type { paths } from './schema'

const client = createClient<paths>({ credentials: 'same-origin', headers: { accept: 'application/json' } })

/** Has a method leave its answer unparsed; take parses it. */
function unparsed<F extends (typeof client)['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE']>(method: F): F {
  const call = method as (path: string, init?: object) => Promise<Answer>
  return ((path: string, init?: object) => call(path, { ...init, parseAs: 'text' })) as F
}

/** The typed client of the management API; its paths and inputs come from the server's OpenAPI document. */
export const http = { GET: unparsed(client.GET), POST: unparsed(client.POST), PUT: unparsed(client.PUT), PATCH: unparsed(client.PATCH), DELETE: unparsed(client.DELETE) }

interface Answer {
  data?: unknown
  error?: unknown
  response: Response
}

/**
 * Waits for an answer and returns its body; throws ApiError for a refusal. T
 * refines what the document leaves open, such as payloads and nullable values.
 */
export async function take<T>(call: Promise<Answer>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemError(response.status, error)
  return (typeof data === 'string' && data !== '' ? parseExact(data) : undefined) as T
}

/** Like take, with the version of what was read, for If-Match. */
export async function takeVersioned<T>(call: Promise<Answer>): Promise<{ data: T; etag: string }> {
  let etag = ''
  const data = await take<T>(
    call.then((answer) => {
      etag = answer.response.headers.get('etag') ?? ''
      return answer
    }),
  )
  return { data, etag }
}

/** Leaves out parameters that are empty, so that the server's defaults apply. */
export function given<T extends object>(params: T): T {
  return Object.fromEntries(Object.entries(params).filter(([, v]) => v !== '' && v !== undefined && v !== null)) as T
}
