/** An answer of the server that is not a success, as RFC 9457 describes it. */
export class ApiError extends Error {
  readonly status: number
  readonly title: string
  /** Messages by field, for forms. */
  readonly fields: Record<string, string>

  constructor(status: number, problem: Problem) {
    super(problem.detail || problem.title || `The server answered ${status}.`)
    this.name = 'ApiError'
    this.status = status
    this.title = problem.title ?? ''
    this.fields = fieldMessages(problem)
  }
}

interface Problem {
  title?: string
  detail?: string
  field?: string
  errors?: { location?: string; message?: string }[]
}

function fieldMessages(problem: Problem): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const e of problem.errors ?? []) {
    const name = (e.location ?? '').split('.').pop()
    if (name && e.message) fields[name] = e.message
  }
  if (problem.field && problem.detail) fields[problem.field] = problem.detail
  return fields
}

/** An error from what a refusal said; a proxy's HTML page becomes a plain sentence. */
export function problemError(status: number, body: unknown): ApiError {
  return new ApiError(status, typeof body === 'object' && body !== null ? (body as Problem) : {})
}

/** A sentence for people about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message
  if (error instanceof TypeError) return 'The server cannot be reached. Check your connection and try again.'
  return error instanceof Error ? error.message : String(error)
}

/** Whether the server refused the question itself, so that asking again changes nothing. */
export function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}
