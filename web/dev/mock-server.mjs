// A server of invented data for working on the web app without a Go build:
//   npm run dev:mock          the API on :8099 and what npm run build made
//   MESHER_API=http://127.0.0.1:8099 npm run dev
// Any e-mail signs in with the password "mesher". Nothing is kept.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import * as data from './fixtures/data.mjs'

const port = Number(process.env.PORT ?? 8099)
const dist = process.env.DIST ?? fileURLToPath(new URL('../dist', import.meta.url))
const DAY = 86_400_000

class Problem extends Error {
  constructor(status, detail, errors = []) {
    super(detail)
    this.status = status
    this.errors = errors
  }
}

const state = { signedIn: false, setup: process.env.SETUP === '1', settings: null, keys: null, comments: [], tokens: [], totp: false }
state.settings = {
  rate_limit_per_minute: 0, monthly_quota: 0, byte_budget: 5_000_000_000, sample_rate: 1, spike_protection: true, retention_days: 30, auto_resolve_days: 14,
  scrub: { disabled: false, ip_addresses: false, sensitive_fields: ['iban'], safe_fields: [] },
  filters: { messages: ['ResizeObserver loop*'], releases: [], environments: ['test'], ip_addresses: [], browser_extensions: true, legacy_browsers: true, web_crawlers: true, localhost: false, allowed_origins: [] },
  grouping_rules: '# one rule a line\nfamily:javascript stack.function:/^render/ -app\n',
}
state.keys = [
  { id: 1, public_key: 'a'.repeat(32), label: 'Default', active: true, rate_limit_per_minute: 0, dsn: data.projects[0].dsn, created_at: data.iso(Date.now() - 80 * DAY), last_used_at: data.iso(Date.now() - 4000) },
  { id: 2, public_key: 'b'.repeat(32), label: 'Load test', active: false, rate_limit_per_minute: 600, dsn: data.projects[0].dsn, created_at: data.iso(Date.now() - 9 * DAY), last_used_at: null },
]

const session = () => ({ user: state.signedIn ? data.user : null, organizations: state.signedIn ? data.organizations : [], setup_required: state.setup, oidc: null, version: '0.0.0-mock' })
const all = (items) => ({ items, next: '' })

function page(items, q) {
  const at = Number(q.get('cursor') || 0)
  const limit = Number(q.get('limit') || 25)
  return { items: items.slice(at, at + limit), next: at + limit < items.length ? String(at + limit) : '' }
}

function time(text, fallback) {
  if (!text) return fallback
  const m = /^-(\d+)([mhd])$/.exec(text)
  return m ? Date.now() - Number(m[1]) * { m: 60_000, h: 3_600_000, d: DAY }[m[2]] : Date.parse(text)
}

function matching(items, query) {
  if (/^(is|level|priority):nonsense/.test(query)) throw new Problem(400, 'Term 1, "is:nonsense": no such status; use unresolved, resolved or archived.', [{ location: 'query.query', message: 'no such status' }])
  const terms = query.split(/\s+/).filter(Boolean)
  return items.filter((i) => terms.every((t) => {
    const [key, value] = t.includes(':') ? t.split(':') : ['', t]
    if (key === 'is') return i.status === value || i.substatus === value
    if (key === 'level') return i.level === value
    return key !== '' || JSON.stringify(i).toLowerCase().includes(value.toLowerCase())
  }))
}

const WIDTH = { minute: 60_000, hour: 3_600_000, day: DAY }
function volume(q, scale) {
  const interval = q.get('interval') || 'hour'
  return { interval, points: data.volume(time(q.get('start'), Date.now() - DAY), time(q.get('end'), Date.now()), WIDTH[interval], scale) }
}

function usage(q) {
  const items = []
  const parts = [['stored', '', 1, 5200], ['filtered', 'browser_extension', 0.12, 0], ['filtered', 'message', 0.05, 0], ['sampled', 'rate', 0.02, 0], ['rate_limited', 'project', 0.04, 0], ['discarded', 'issue', 0.03, 0], ['failed', 'malformed', 0.004, 0]]
  const start = time(q.get('start'), Date.now() - 30 * DAY)
  for (const p of data.volume(start, Date.now(), start < Date.now() - 3 * DAY ? DAY : 3_600_000, 1)) {
    for (const [outcome, reason, share, size] of parts) items.push({ start: p.start, category: 'error', outcome, reason, quantity: Math.round(p.total * share), bytes: Math.round(p.total * share * size) })
    items.push({ start: p.start, category: 'log', outcome: 'stored', reason: '', quantity: p.total * 9, bytes: p.total * 9 * 310 })
  }
  const outcomes = {}
  for (const i of items) outcomes[i.outcome] = (outcomes[i.outcome] ?? 0) + i.quantity
  return { interval: 'day', accepted: Object.values(outcomes).reduce((a, b) => a + b, 0), outcomes, bytes: 1_402_113_000, storage_bytes: 2_184_003_211, items }
}

const issueOf = (id) => data.issues.find((i) => i.id === Number(id)) ?? (() => { throw new Problem(404, `There is no issue ${id}, or you may not see it.`) })()
function change(issue, patch) {
  if (patch.status) Object.assign(issue, { status: patch.status, substatus: patch.status === 'unresolved' ? 'ongoing' : '' })
  if ('assignee' in patch) issue.assignee = patch.assignee && { ...patch.assignee, name: data.members.find((m) => m.user_id === patch.assignee.id)?.name ?? '' }
  if (patch.priority) issue.priority = patch.priority
  if ('is_bookmarked' in patch) issue.is_bookmarked = patch.is_bookmarked
  return issue
}
const targets = (body) => (body.ids ? data.issues.filter((i) => body.ids.includes(i.id)) : matching(data.issues, body.query ?? ''))
const SORTS = { last_seen: (i) => i.last_seen, first_seen: (i) => i.first_seen, event_count: (i) => i.event_count, user_count: (i) => i.user_count }
const sorted = (items, key) => [...items].sort((a, b) => (SORTS[key](a) < SORTS[key](b) ? 1 : -1))

const allEvents = () => data.issues.slice(0, 12).flatMap((i) => data.eventsOf(i)).sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1))
const ofProject = (id, items) => (id === '3' ? [] : items)

const routes = [
  ['GET', '/session', () => session()],
  ['POST', '/session', ({ body }) => { if (body.password !== 'mesher') throw new Problem(401, 'The e-mail or the password is wrong.'); state.signedIn = true; return session() }],
  ['DELETE', '/session', () => { state.signedIn = false }],
  ['POST', '/setup', () => { state.setup = false; state.signedIn = true; return session() }],
  ['GET', '/projects', () => all(data.projects)],
  ['POST', '/projects', ({ body }) => { const p = { ...data.projects[2], ...body, id: data.projects.length + 1, slug: body.name.toLowerCase() }; data.projects.push(p); return p }],
  ['GET', '/projects/:id', ({ id }) => data.projects.find((p) => p.id === Number(id))],
  ['PATCH', '/projects/:id', ({ id, body }) => Object.assign(data.projects.find((p) => p.id === Number(id)), body)],
  ['GET', '/projects/:id/settings', () => state.settings],
  ['PATCH', '/projects/:id/settings', ({ body }) => Object.assign(state.settings, body)],
  ['GET', '/projects/:id/keys', () => all(state.keys)],
  ['POST', '/projects/:id/keys', ({ body }) => { const k = { ...state.keys[0], ...body, id: state.keys.length + 1, last_used_at: null }; state.keys.push(k); return k }],
  ['PATCH', '/projects/:id/keys/:key', ({ key, body }) => Object.assign(state.keys.find((k) => k.id === Number(key)), body)],
  ['GET', '/projects/:id/discards', () => all([{ id: 1, title: 'ResizeObserver loop completed with undelivered notifications', count: 18223, created_at: data.iso(Date.now() - 6 * DAY), created_by: 1 }])],
  ['GET', '/projects/:id/usage', ({ q }) => usage(q)],
  ['GET', '/projects/:id/stats/volume', ({ q }) => volume(q, 1)],
  ['GET', '/projects/:id/stats/health', () => ({ events: 18_422, events_before: 15_010, new_issues: 7, regressed_issues: 2, unresolved_issues: 41, users_affected: 913 })],
  ['GET', '/projects/:id/stats/top-issues', ({ q }) => all(sorted(data.issues, 'event_count').slice(0, Number(q.get('limit') || 10)).map((issue) => ({ issue, count: Math.round(issue.event_count / 3) })))],
  ['GET', '/projects/:id/stats/tags', ({ q }) => { const t = data.tags(18_000); const one = t.find((x) => x.key === q.get('key')); return one ? { ...one, items: [] } : { key: '', total: 0, values: [], items: t } }],
  ['GET', '/projects/:id/issues', ({ id, q }) => page(ofProject(id, sorted(matching(data.issues, q.get('query') ?? ''), q.get('sort') || 'last_seen')), q)],
  ['GET', '/projects/:id/issues/count', ({ id, q }) => ({ count: ofProject(id, matching(data.issues, q.get('query') ?? '')).length, more: false })],
  ['PATCH', '/projects/:id/issues', ({ body }) => { const list = targets(body); state.undo = list.map((i) => ({ ...i })); list.forEach((i) => change(i, body)); return { updated: list.map((i) => i.id), more: false, changed_at: new Date().toISOString() } }],
  ['POST', '/projects/:id/issues/undo', ({ body }) => { for (const former of state.undo ?? []) Object.assign(issueOf(former.id), former); return { updated: body.ids, more: false, changed_at: new Date().toISOString() } }],
  ['POST', '/projects/:id/issues/delete', ({ body }) => { const gone = targets(body).map((i) => i.id); for (const id of gone) data.issues.splice(data.issues.findIndex((i) => i.id === id), 1); return { updated: gone, more: false } }],
  ['GET', '/projects/:id/events', ({ id, q }) => page(ofProject(id, matching(allEvents(), q.get('query') ?? '')), q)],
  ['GET', '/projects/:id/logs', ({ id, q }) => page(ofProject(id, matching(Array.from({ length: 300 }, (_, i) => data.logEntry(Date.now() - i * 900)), q.get('query') ?? '')), q)],
  ['GET', '/issues/:id', ({ id }) => issueOf(id)],
  ['PATCH', '/issues/:id', ({ id, body }) => change(issueOf(id), body)],
  ['GET', '/issues/:id/events/latest', ({ id }) => data.detail(data.eventsOf(issueOf(id))[0].id)],
  ['GET', '/issues/:id/events/first', ({ id }) => data.detail(data.eventsOf(issueOf(id)).at(-1).id)],
  ['GET', '/issues/:id/events', ({ id, q }) => page(data.eventsOf(issueOf(id)), q)],
  ['GET', '/issues/:id/timeline', ({ q }) => volume(q, 0.2)],
  ['GET', '/issues/:id/tags', ({ id }) => all(data.tags(issueOf(id).event_count))],
  ['GET', '/issues/:id/activity', ({ id }) => all([
    { id: 3, user_id: 2, user_name: 'Grace Hopper', at: data.iso(Date.now() - 2 * 3_600_000), kind: 'assigned', data: { assignee: 'Grace Hopper' } },
    { id: 2, user_id: 0, user_name: '', at: data.iso(Date.now() - 5 * 3_600_000), kind: 'regressed', data: { release: 'shop@2.15.0-rc.1' } },
    { id: 1, user_id: 0, user_name: '', at: issueOf(id).first_seen, kind: 'first_seen', data: null },
  ])],
  ['GET', '/issues/:id/comments', () => all(state.comments)],
  ['POST', '/issues/:id/comments', ({ body }) => { const c = { id: state.comments.length + 1, user_id: 1, user_name: data.user.name, at: data.iso(Date.now()), text: body.text, mentions: [] }; state.comments.push(c); return c }],
  ['GET', '/events/:id', ({ id }) => data.detail(id) ?? (() => { throw new Problem(404, 'There is no such event.') })()],
  ['GET', '/orgs/:id/members', () => all(data.members)],
  ['POST', '/orgs/:id/members', ({ body }) => ({ id: 9, ...body, created_at: data.iso(Date.now()), expires_at: data.iso(Date.now() + 7 * DAY), url: 'http://127.0.0.1:8080/invite?token=3f7c' })],
  ['PATCH', '/orgs/:id/members/:user', ({ user, body }) => Object.assign(data.members.find((m) => m.user_id === Number(user)), body)],
  ['GET', '/orgs/:id/invitations', () => all([{ id: 1, email: 'katherine@example.com', role: 'member', created_at: data.iso(Date.now() - DAY), expires_at: data.iso(Date.now() + 6 * DAY) }])],
  ['GET', '/orgs/:id/audit-log', ({ q }) => page(Array.from({ length: 70 }, (_, i) => ({ id: i, at: data.iso(Date.now() - i * 7_000_000), action: ['session.create', 'project.update', 'key.create', 'member.invite', 'issue.delete'][i % 5], user_id: 1, user_email: data.members[i % 3].email, target: ['', 'project 1', 'key 2', 'katherine@example.com', 'SHOP-17'][i % 5], address: '203.0.113.7', data: i % 5 === 1 ? { retention_days: 30 } : null })), q)],
  ['GET', '/invitations/:token', () => ({ email: 'katherine@example.com', organization: 'Acme Tea Trading', role: 'member', account_exists: false })],
  ['POST', '/invitations/:token', () => { state.signedIn = true; return session() }],
  ['GET', '/account/sessions', () => all([
    { id: 1, current: true, address: '203.0.113.24', user_agent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15', created_at: data.iso(Date.now() - 3 * DAY), last_seen_at: data.iso(Date.now() - 4000), expires_at: data.iso(Date.now() + 20 * DAY) },
    { id: 2, current: false, address: '198.51.100.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', created_at: data.iso(Date.now() - 12 * DAY), last_seen_at: data.iso(Date.now() - DAY), expires_at: data.iso(Date.now() + 9 * DAY) },
  ])],
  ['GET', '/account/totp', () => ({ enabled: state.totp, recovery_codes_left: 8 })],
  ['POST', '/account/totp', () => ({ secret: 'JBSWY3DPEHPK3PXP', url: 'otpauth://totp/Mesher:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Mesher' })],
  ['POST', '/account/totp/confirm', () => { state.totp = true; return { codes: Array.from({ length: 8 }, (_, i) => `k3p9-${1000 + i * 77}`) } }],
  ['GET', '/tokens', () => all([{ id: 1, name: 'CI deploys', hint: 'msh_9f2c', scopes: ['event:read', 'issue:write'], created_at: data.iso(Date.now() - 40 * DAY), expires_at: data.iso(Date.now() + 50 * DAY), last_used_at: data.iso(Date.now() - 3_600_000) }, ...state.tokens])],
  ['POST', '/tokens', ({ body }) => { const t = { id: state.tokens.length + 2, hint: 'msh_1a2b', created_at: data.iso(Date.now()), expires_at: null, last_used_at: null, ...body }; state.tokens.push(t); return { ...t, token: 'msh_1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f' } }],
].map(([method, path, run]) => ({ method, pattern: new RegExp(`^/api/v1${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`), run }))

function answer(response, status, body, type = 'application/json') {
  response.writeHead(status, { 'content-type': type, etag: '"1"' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

async function read(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : {}
}

async function api(request, response, url) {
  try {
    state.signedIn = process.env.SIGNED_IN === '1' || /mock=1/.test(request.headers.cookie ?? '')
    const route = routes.find((r) => r.method === request.method && r.pattern.test(url.pathname))
    if (!state.signedIn && !/session|setup|invitations/.test(url.pathname)) throw new Problem(401, 'Sign in first.')
    if (!route && request.method === 'GET') throw new Problem(404, 'The mock server does not know this address.')
    if (process.env.DELAY) await new Promise((done) => setTimeout(done, Number(process.env.DELAY)))
    const result = route?.run({ ...route.pattern.exec(url.pathname).groups, q: url.searchParams, body: await read(request) })
    response.setHeader('set-cookie', `mock=${state.signedIn ? 1 : 0}; HttpOnly; SameSite=Lax; Path=/`)
    answer(response, result === undefined ? 204 : 200, result)
  } catch (e) {
    answer(response, e.status ?? 500, { title: 'Refused', status: e.status ?? 500, code: 'invalid', detail: e.message, errors: e.errors ?? [] }, 'application/problem+json')
  }
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }
// The policy of web/embed.go, so that the browser complains here already.
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

function file(response, pathname) {
  const wanted = join(dist, normalize(pathname))
  const name = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html')
  response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': process.env.CSP ?? CSP })
  createReadStream(name).on('error', () => response.destroy()).pipe(response)
}

const server = createServer((request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`)
  if (url.pathname.startsWith('/api/')) void api(request, response, url)
  else file(response, url.pathname)
})

// Live facts: an event every two seconds, logs faster, a new issue now and then.
const sockets = new WebSocketServer({ server })
let cursor = 0
sockets.on('connection', (socket, request) => {
  const url = new URL(request.url, 'http://mock')
  const kinds = (url.searchParams.get('kinds') ?? '').split(',')
  const projectId = url.pathname.split('/')[4]
  const send = (kind, body) => kinds.includes(kind) && socket.send(JSON.stringify({ facts: [{ id: `f${++cursor}`, kind, cursor: String(cursor), data: body }], dropped: 0, cursor: String(cursor) }))
  const timers = []
  if (kinds.includes('log.stored')) timers.push(setInterval(() => send('log.stored', data.logEntry(Date.now())), 140))
  else if (projectId === '3') timers.push(setTimeout(() => send('event.stored', data.summary(data.issues[0], 60, Date.now())), Number(process.env.FIRST_EVENT_MS ?? 12_000)))
  else timers.push(setInterval(() => tick(send), 2000))
  socket.on('close', () => timers.forEach(clearInterval))
})

let ticks = 0
function tick(send) {
  const issue = data.issues[(ticks * 7) % 5]
  Object.assign(issue, { event_count: issue.event_count + 1, last_seen: data.iso(Date.now()) })
  send('event.stored', data.summary(issue, (ticks % 60) + 1, Date.now()))
  send('issue.counted', { id: issue.id, event_count: issue.event_count, user_count: issue.user_count, last_seen: issue.last_seen, level: issue.level })
  if (ticks++ % 6 === 3) send('issue.new', { ...issue, id: 10_000 + ticks, short_id: `SHOP-${200 + ticks}`, substatus: 'new', status: 'unresolved', first_seen: issue.last_seen, event_count: 1, user_count: 1, sparkline: [] })
}

server.listen(port, '127.0.0.1', () => console.log(`mock server: http://127.0.0.1:${port}`))
