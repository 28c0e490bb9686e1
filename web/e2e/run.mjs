// Walks through a running Mesher in a real browser (every page in light and at
// phone width, the main ones in dark), and
// fails on accessibility violations (serious or critical), on errors in the
// console and on pages that do not show what they should:
//   BASE_URL=http://127.0.0.1:8080 EMAIL=… PASSWORD=… SHOTS=folder node e2e/run.mjs
// PROJECT (default 1) must hold at least one issue for the issue page to be visited.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const base = process.env.BASE_URL ?? 'http://127.0.0.1:8080'
const email = process.env.EMAIL ?? ''
const password = process.env.PASSWORD ?? ''
const project = process.env.PROJECT ?? '1'
const shots = process.env.SHOTS ?? ''
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const failures = []

if (shots) mkdirSync(shots, { recursive: true })

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })

// axe needs eval-free injection: the page's policy is switched off for this browser alone,
// and a first visit with the policy on catches what it would forbid.
async function newPage(scheme, width, bypassCSP) {
  const context = await browser.newContext({ colorScheme: scheme, reducedMotion: 'reduce', viewport: { width, height: 900 }, bypassCSP })
  const page = await context.newPage()
  const where = () => `${scheme} ${width}px ${new URL(page.url()).pathname}`
  page.on('console', (m) => {
    if (m.type() !== 'error') return
    // The browser reports every refused request; a wrong password is meant to be refused once.
    if (/status of 401/.test(m.text()) && page.url().includes('/sign-in')) return
    failures.push(`${where()}: console: ${m.text()}`)
  })
  page.on('pageerror', (e) => failures.push(`${where()}: ${e.message}`))
  return page
}

async function signIn(page) {
  await page.goto(`${base}/sign-in`)
  const field = page.getByLabel('E-mail')
  await field.waitFor()
  await check(page, 'sign-in')
  await field.fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

async function check(page, name) {
  const { width } = page.viewportSize()
  const scheme = (await page.evaluate(() => document.documentElement.classList.contains('dark'))) ? 'dark' : 'light'
  if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`) })
  await page.addScriptTag({ path: axeSource })
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of violations.filter((x) => x.impact === 'serious' || x.impact === 'critical')) {
    for (const node of v.nodes.slice(0, 3)) failures.push(`${scheme} ${width}px ${name}: axe ${v.id}: ${node.target.join(' ')} – ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? v.help}`)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) failures.push(`${scheme} ${width}px ${name}: the page is ${wide}px wider than the window`)
}

async function visit(page, name, path, expected) {
  await page.goto(base + path)
  await page.getByRole('heading', { level: 1, name: expected }).first().waitFor({ timeout: 15_000 }).catch(() => failures.push(`${name}: no heading ${expected}`))
  // The live stream keeps the network busy, so wait for skeletons to go instead.
  await page.waitForFunction(() => !document.querySelector('main [role="status"][aria-label="Loading"]'), null, { timeout: 15_000 }).catch(() => failures.push(`${name}: still loading after 15 s`))
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))))
  await check(page, name)
}

// What is shared is seen without an account, and not after the link is revoked.
async function shared(page, issuePath) {
  const id = /issues\/(\d+)/.exec(issuePath)[1]
  const api = `/api/v1/issues/${id}/share`
  const url = await page.evaluate((path) => fetch(path, { method: 'POST' }).then((r) => r.json()).then((s) => s.url), api)
  const { pathname, search } = new URL(url)
  const cookies = await page.context().cookies()
  await page.context().clearCookies()
  await visit(page, 'shared', pathname + search, /.+/)
  await page.getByRole('heading', { name: /Stack trace|Message/ }).waitFor({ timeout: 5_000 }).catch(() => failures.push('shared: neither a stack trace nor a message is shown'))
  if (await page.getByRole('button', { name: /Resolve|Archive|Delete/ }).count()) failures.push('shared: the page offers actions')
  await page.context().addCookies(cookies)
  await page.evaluate((path) => fetch(path, { method: 'DELETE' }), api)
}

async function dialogs(page) {
  await page.getByRole('button', { name: 'More ways to archive' }).or(page.getByRole('button', { name: 'Reopen', exact: true })).first().waitFor()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: /Share/ }).click()
  await page.getByRole('dialog', { name: 'Share this issue' }).getByRole('button').last().waitFor()
  await page.getByRole('button', { name: /Create public link|Make a new link/ }).waitFor()
  await check(page, 'share')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const archive = page.getByRole('button', { name: 'More ways to archive' })
  if ((await archive.count()) === 0) return
  await archive.click()
  await page.getByRole('menuitem', { name: /Until a time/ }).waitFor()
  await check(page, 'archive-menu')
  await page.getByRole('menuitem', { name: /Until a time/ }).click()
  await page.getByRole('dialog', { name: 'Archive until a time' }).waitFor()
  await check(page, 'archive-until')
  await page.keyboard.press('Escape')
}

// whole visits every page; otherwise the main ones, which hold all colours.
async function walk(page, whole) {
  await signIn(page)
  const p = `/projects/${project}`
  await visit(page, 'issues', `${p}/issues?status=all&start=-90d`, 'Issues')
  const first = page.locator('li[data-issue] a').first()
  if (await first.count()) {
    const href = await first.getAttribute('href')
    await visit(page, 'issue', href, /.+/)
    await page.locator('#exception, #message, #json').first().waitFor({ timeout: 10_000 }).catch(() => failures.push('issue: no section of the event is shown'))
    await dialogs(page)
    await shared(page, href)
    if (whole) await visit(page, 'issue-events', href.replace(/(\?.*)?$/, '/events'), /.+/)
    if (whole) await visit(page, 'issue-activity', href.replace(/(\?.*)?$/, '/activity'), /.+/)
  } else failures.push(`issues: project ${project} shows no issue`)
  await page.goto(`${base}${p}/issues?status=all&start=-90d`)
  await page.getByRole('checkbox', { name: 'Select all shown issues' }).click()
  await page.getByRole('toolbar').waitFor()
  await check(page, 'issues-bulk')
  await visit(page, 'events', `${p}/events?start=-90d`, 'Events')
  await visit(page, 'logs', `${p}/logs`, 'Logs')
  await visit(page, 'dashboard', `${p}/dashboard`, 'Dashboard')
  await visit(page, 'usage', `${p}/usage`, 'Usage')
  const org = await page.evaluate(() => fetch('/api/v1/session').then((r) => r.json()).then((s) => s.organizations[0]?.id))
  await visit(page, 'organization-teams', `/organizations/${org}/teams`, 'Organization')
  if (!whole) return
  await visit(page, 'onboarding', `${p}/onboarding`, 'Get started')
  for (const section of ['', '/keys', '/limits', '/filters', '/scrubbing', '/grouping', '/danger']) await visit(page, `settings${section.replace('/', '-')}`, `${p}/settings${section}`, 'Project settings')
  for (const section of ['', '/security', '/tokens']) await visit(page, `account${section.replace('/', '-')}`, `/account${section}`, 'Account')
  for (const section of ['', '/invitations', '/audit-log', '/settings']) await visit(page, `organization${section.replace('/', '-')}`, `/organizations/${org}${section}`, 'Organization')
  await visit(page, 'project-new', '/projects/new', 'New project')
}

async function keyboard(page) {
  await page.goto(`${base}/projects/${project}/issues?status=all&start=-90d`)
  await page.locator('li[data-issue]').first().waitFor({ timeout: 10_000 })
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/issues\/\d+/, { timeout: 5_000 }).catch(() => failures.push('keyboard: j and enter did not open the first issue'))
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await page.waitForURL(/\/dashboard/, { timeout: 5_000 }).catch(() => failures.push('keyboard: g d did not open the dashboard'))
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ timeout: 3_000 }).catch(() => failures.push('keyboard: ? did not open the list of shortcuts'))
  await check(page, 'shortcuts')
}

try {
  // First with the server's content security policy in force: its refusals are console errors.
  const strict = await newPage('light', 1280, false)
  strict.addScriptTag = async () => {}
  strict.evaluate = ((original) => async (fn, ...rest) => (String(fn).includes('axe.run') ? { violations: [] } : original(fn, ...rest)))(strict.evaluate.bind(strict))
  await signIn(strict)
  for (const path of ['issues', 'dashboard', 'logs', 'usage', 'settings']) {
    await strict.goto(`${base}/projects/${project}/${path}`)
    await strict.waitForTimeout(600)
  }
  await strict.context().close()

  for (const scheme of ['light', 'dark']) {
    const page = await newPage(scheme, 1280, true)
    await walk(page, scheme === 'light')
    if (scheme === 'light') await keyboard(page)
    await page.context().close()
  }
  const phone = await newPage('light', 390, true)
  await walk(phone, true)
  await phone.context().close()
} finally {
  await browser.close()
}

if (failures.length > 0) {
  console.error(`${failures.length} failures:\n${[...new Set(failures)].map((f) => `  ${f}`).join('\n')}`)
  process.exit(1)
}
console.log('browser walk: all pages pass in light, dark and at phone width')
