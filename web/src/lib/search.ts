/** One term of the search box; the language has no boolean operators, terms are joined by "and". */
export interface Term {
  text: string
  start: number
  end: number
  negate: boolean
  key: string
  value: string
}

/** Splits a query into terms. Quotes keep blanks together, also behind a key. */
export function parseTerms(query: string): Term[] {
  const terms: Term[] = []
  const pattern = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g
  for (const match of query.matchAll(pattern)) terms.push(parseTerm(match[0], match.index))
  return terms
}

function parseTerm(text: string, start: number): Term {
  const negate = text.startsWith('!')
  const body = negate ? text.slice(1) : text
  const colon = body.startsWith('"') ? -1 : body.indexOf(':')
  const key = colon > 0 ? body.slice(0, colon) : ''
  const value = colon > 0 ? body.slice(colon + 1) : body
  return { text, start, end: start + text.length, negate, key, value }
}

export function hasKey(query: string, key: string): boolean {
  return parseTerms(query).some((t) => t.key === key)
}

/** Writes a value so that the parser reads it back: quoted when it holds blanks, quotes or stars. */
export function quoteValue(value: string): string {
  return value === '' || /[\s"*]/.test(value) ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : value
}

/** Adds key:value, or replaces the term of that key. */
export function withTerm(query: string, key: string, value: string): string {
  const kept = parseTerms(query)
    .filter((t) => t.key !== key || t.negate)
    .map((t) => t.text)
  return [...kept, `${key}:${quoteValue(value)}`].join(' ')
}

export interface SearchKey {
  key: string
  hint: string
  values?: readonly string[]
}

/** Keys of issue searches that mean the same in every project. */
export const ISSUE_KEYS: readonly SearchKey[] = [
  {
    key: 'is',
    hint: 'status of the issue',
    values: ['unresolved', 'resolved', 'archived', 'new', 'ongoing', 'regressed', 'escalating', 'assigned', 'unassigned', 'bookmarked', 'subscribed'],
  },
  { key: 'level', hint: 'severity', values: ['fatal', 'error', 'warning', 'info', 'debug'] },
  { key: 'assigned', hint: 'who works on it', values: ['me', 'none', 'any'] },
  { key: 'priority', hint: 'importance', values: ['high', 'medium', 'low'] },
  { key: 'has', hint: 'a tag that is set' },
  { key: 'environment', hint: 'where it ran' },
  { key: 'release', hint: 'version that sent it' },
  { key: 'platform', hint: 'language of the SDK' },
  { key: 'user.email', hint: 'e-mail of an affected user' },
  { key: 'user.id', hint: 'id of an affected user' },
  { key: 'first_seen', hint: 'age of the issue', values: ['>1h', '>24h', '>7d', '<24h'] },
  { key: 'last_seen', hint: 'latest event', values: ['<1h', '<24h', '>7d'] },
  { key: 'event_count', hint: 'number of events', values: ['>10', '>100', '>1000'] },
  { key: 'type', hint: 'exception type' },
  { key: 'culprit', hint: 'where it happened' },
  { key: 'logger', hint: 'logger name' },
]

const ISSUE_ONLY = new Set(['is', 'assigned', 'priority', 'first_seen', 'last_seen', 'event_count'])
export const EVENT_KEYS: readonly SearchKey[] = ISSUE_KEYS.filter((k) => !ISSUE_ONLY.has(k.key))
export const LOG_KEYS: readonly SearchKey[] = [
  { key: 'level', hint: 'severity', values: ['fatal', 'error', 'warning', 'info', 'debug'] },
  { key: 'logger', hint: 'logger name' },
  { key: 'environment', hint: 'where it ran' },
  { key: 'release', hint: 'version that sent it' },
  { key: 'server_name', hint: 'host' },
  { key: 'trace_id', hint: 'trace' },
]

export interface Suggestion {
  /** What the list shows. */
  label: string
  hint: string
  /** The whole query with the suggestion taken, and where the caret goes. */
  query: string
  caret: number
}

export interface Completion {
  /** The key whose values are asked for; empty while a key is being typed. */
  key: string
  prefix: string
  term: Term | null
}

/** What the caret stands in. */
export function completionAt(query: string, caret: number): Completion {
  const term = parseTerms(query).find((t) => t.start < caret && caret <= t.end) ?? null
  if (!term) return { key: '', prefix: '', term: null }
  const typed = query.slice(term.start + (term.negate ? 1 : 0), caret)
  const colon = term.key ? typed.indexOf(':') : -1
  if (colon < 0) return { key: '', prefix: typed, term }
  return { key: term.key, prefix: typed.slice(colon + 1).replace(/^"/, ''), term }
}

const MAX_SUGGESTIONS = 10

/** Completes keys and values at the caret. values holds what the project has seen, by key. */
export function suggest(query: string, caret: number, keys: readonly SearchKey[], values: Record<string, string[]>): Suggestion[] {
  const { key, prefix, term } = completionAt(query, caret)
  const start = term ? term.start : caret
  const end = term ? term.end : caret
  const sign = term?.negate ? '!' : ''
  const splice = (text: string): Pick<Suggestion, 'query' | 'caret'> => ({
    query: query.slice(0, start) + text + query.slice(end),
    caret: start + text.length,
  })
  if (key) {
    const seen = Object.hasOwn(values, key) ? (values[key] ?? []) : []
    const all = keys.find((k) => k.key === key)?.values ?? (key === 'has' ? Object.keys(values) : seen)
    return matching(all, prefix).map((v) => ({ label: v, hint: '', ...splice(`${sign}${key}:${quoteValue(v)} `) }))
  }
  const known = new Map(keys.map((k) => [k.key, k.hint]))
  for (const k of Object.keys(values)) if (!known.has(k)) known.set(k, 'tag')
  return matching([...known.keys()], prefix).map((k) => ({ label: `${k}:`, hint: known.get(k) ?? '', ...splice(`${sign}${k}:`) }))
}

function matching(words: readonly string[], prefix: string): string[] {
  const p = prefix.toLowerCase()
  const starts = words.filter((w) => w.toLowerCase().startsWith(p))
  const holds = p ? words.filter((w) => !w.toLowerCase().startsWith(p) && w.toLowerCase().includes(p)) : []
  return [...starts, ...holds].filter((w) => w.toLowerCase() !== p).slice(0, MAX_SUGGESTIONS)
}
