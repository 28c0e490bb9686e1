// What every story needs: a browser that notes what goes wrong, a signed-in page,
// and the API of the server under test. A story runs against a server of its own:
//   BASE_URL=… EMAIL=… PASSWORD=… MESHER_KEY=… TOKEN=… node e2e/triage.mjs
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const env = {
  base: process.env.BASE_URL ?? 'http://127.0.0.1:8080',
  email: process.env.EMAIL ?? '',
  password: process.env.PASSWORD ?? '',
  key: process.env.MESHER_KEY ?? '',
  token: process.env.TOKEN ?? '',
  shots: process.env.SHOTS ?? '',
}
const WAIT_MS = 20_000
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
if (env.shots) mkdirSync(env.shots, { recursive: true })

/** Runs a story; the process fails when a step does, or when the browser's console has errors. */
export async function story(name, tell) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  const s = new Story(name, browser)
  try {
    await tell(s)
  } catch (e) {
    s.failures.push(`${s.at}: ${e.stack ?? e}`)
    await s.shot('failure').catch(() => {})
  } finally {
    await browser.close()
  }
  if (s.failures.length === 0) return console.log(`${name}: ${s.steps} steps`)
  console.error(`${name}: ${s.failures.length} failures\n${[...new Set(s.failures)].map((f) => `  ${f}`).join('\n')}`)
  process.exitCode = 1
}

class Story {
  failures = []
  steps = 0
  at = 'start'
  page

  constructor(name, browser) {
    this.name = name
    this.browser = browser
  }

  /** Names what is tried next, for the report of a failure. */
  async step(title, act) {
    this.at = title
    this.steps++
    await act()
  }

  // axe is injected, so the page's content security policy is switched off unless asked for.
  async newPage({ scheme = 'light', width = 1280, bypassCSP = true } = {}) {
    const context = await this.browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce', viewport: { width, height: 900 }, bypassCSP, permissions: ['clipboard-write'] })
    context.setDefaultTimeout(WAIT_MS)
    const page = await context.newPage()
    const where = () => `${this.at}: ${scheme} ${width}px ${new URL(page.url()).pathname}`
    page.on('console', (m) => m.type() === 'error' && !this.#meant(m.text()) && this.failures.push(`${where()}: console: ${m.text()}`))
    page.on('pageerror', (e) => this.failures.push(`${where()}: ${e.message}`))
    return page
  }

  /** Statuses that a story provokes: the browser reports every refused request. */
  expected = new Set()
  #meant(text) {
    const status = /(?:status of|response code:) (\d+)/.exec(text)?.[1]
    return status !== undefined && this.expected.has(Number(status))
  }

  async signIn({ email = env.email, password = env.password, ...options } = {}) {
    const page = await this.newPage(options)
    await page.goto(`${env.base}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    this.page = page
    return page
  }

  /** Opens a path and waits until nothing on it is loading. */
  async go(path, page = this.page) {
    await page.goto(env.base + path)
    await this.settle(page)
  }

  // The live stream keeps the network busy, so wait for skeletons to go instead.
  async settle(page = this.page) {
    await page.locator('h1').first().waitFor()
    await page.waitForFunction(() => !document.querySelector('main [role="status"][aria-label="Loading"]'))
    await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))))
  }

  async shot(name, page = this.page) {
    if (env.shots && page) await page.screenshot({ path: join(env.shots, `${this.name}-${name}.png`) })
  }

  press = (...keys) => keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve())
  button = (name, exact = true) => this.page.getByRole('button', { name, exact })
  item = (name) => this.page.getByRole('menuitem', { name })
  dialog = (name) => this.page.getByRole('dialog', { name })
  row = (text) => this.page.locator('li[data-issue]', { hasText: text })

  /** Waits for the message with this text, which says that the server has answered. */
  async toast(text) {
    const messages = this.page.getByRole('region', { name: 'Notifications' }).locator('> div')
    const toast = messages.filter({ has: this.page.getByText(text, { exact: true }) }).last()
    await toast.waitFor()
    return toast
  }

  async undo(text) {
    await (await this.toast(text)).getByRole('button', { name: 'Undo' }).click()
  }

  /** Takes back by key what a message tells of; the message goes with it. */
  async undoByKey(text) {
    const toast = await this.toast(text)
    await this.press('z')
    await toast.waitFor({ state: 'detached' })
  }

  async dismiss(text) {
    await (await this.toast(text)).getByRole('button', { name: 'Dismiss' }).click()
  }

  /** Calls the management API as the owner. */
  async api(method, path, body) {
    const response = await fetch(env.base + path, {
      method,
      headers: { Authorization: `Bearer ${env.token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text ? JSON.parse(text) : null
  }

  async status(method, path) {
    return (await fetch(env.base + path, { method, headers: { Authorization: `Bearer ${env.token}` } })).status
  }

  async send(event) {
    const response = await fetch(`${env.base}/api/v1/events`, {
      method: 'POST',
      headers: { 'X-Mesher-Auth': env.key, 'Content-Type': 'application/json' },
      body: JSON.stringify({ platform: 'python', level: 'error', ...event }),
    })
    if (response.status !== 202) throw new Error(`an event was answered with ${response.status}: ${await response.text()}`)
  }

  /** Sends an event of each name, and returns the issues once they are there. */
  async issues(...names) {
    for (const name of names) await this.send({ message: name, fingerprint: [name], release: 'shop@1.0', environment: 'production', user: { id: name } })
    const found = new Map()
    await this.until(`issues ${names}`, async () => {
      const page = await this.api('GET', '/api/v1/projects/1/issues?limit=100')
      for (const i of page.items) found.set(i.title, i)
      return names.every((n) => found.has(n))
    })
    return names.map((n) => found.get(n))
  }

  issue = (id) => this.api('GET', `/api/v1/issues/${id}`)

  /** Waits until the server has what a step did. */
  async until(what, check) {
    const end = Date.now() + WAIT_MS
    for (;;) {
      if (await check()) return
      if (Date.now() > end) throw new Error(`not in time: ${what}`)
      await new Promise((r) => setTimeout(r, 60))
    }
  }

  /** Waits until the issue has the given properties. */
  untilIssue(id, want) {
    let last
    return this.until(`issue ${id} with ${JSON.stringify(want)}`, async () => {
      last = await this.issue(id)
      return Object.entries(want).every(([k, v]) => (typeof v === 'function' ? v(last[k]) : JSON.stringify(last[k]) === JSON.stringify(v)))
    }).catch((e) => Promise.reject(new Error(`${e.message}, it is ${JSON.stringify(last)}`)))
  }

  /** Makes an account of a role in organization 1, by an invitation. */
  async member(role, name) {
    const [org] = (await this.api('GET', '/api/v1/orgs')).items
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.org`
    const password = 'a long enough password'
    const { url } = await this.api('POST', `/api/v1/orgs/${org.id}/members`, { role, email })
    const token = new URL(url).searchParams.get('token')
    const response = await fetch(`${env.base}/api/v1/invitations/${token}`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: env.base }, body: JSON.stringify({ name, email, password }) })
    if (!response.ok) throw new Error(`accept invitation: ${response.status} ${await response.text()}`)
    return { email, password, name, orgId: org.id }
  }

  /** Notes serious accessibility violations and a page that is wider than its window. */
  async check(name, page = this.page, rules = {}) {
    const { width } = page.viewportSize()
    const scheme = (await page.evaluate(() => document.documentElement.classList.contains('dark'))) ? 'dark' : 'light'
    if (env.shots) await page.screenshot({ path: join(env.shots, `${name}-${width}-${scheme}.png`) })
    if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axeSource })
    const { violations } = await page.evaluate((rules) => window.axe.run(document, { resultTypes: ['violations'], rules }), rules)
    for (const v of violations.filter((x) => x.impact === 'serious' || x.impact === 'critical')) {
      for (const node of v.nodes.slice(0, 3)) this.failures.push(`${scheme} ${width}px ${name}: axe ${v.id}: ${node.target.join(' ')} – ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? v.help}`)
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) this.failures.push(`${scheme} ${width}px ${name}: the page is ${wide}px wider than the window`)
  }
}
