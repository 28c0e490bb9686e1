// Opens the issue list of a running Mesher, sends events from outside, and wants
// them to arrive in the open page without a reload:
//   BASE_URL=… EMAIL=… PASSWORD=… MESHER_KEY=… node e2e/live.mjs
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const { BASE_URL: base = 'http://127.0.0.1:8080', EMAIL = '', PASSWORD = '', MESHER_KEY = '', SHOTS = '' } = process.env
const TITLE = 'the printer is on fire'

async function send(message) {
  const response = await fetch(`${base}/api/v1/events`, {
    method: 'POST',
    headers: { 'X-Mesher-Auth': MESHER_KEY, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message, level: 'fatal' }),
  })
  if (response.status !== 202) throw new Error(`the event was answered with ${response.status}: ${await response.text()}`)
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.goto(`${base}/sign-in`)
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))

  await page.goto(`${base}/projects/1/issues`)
  await page.locator('li[data-issue]').first().waitFor()
  await page.evaluate(() => (window.sameDocument = true))

  await send(TITLE)
  // A new issue announces itself; a reader decides when the list moves.
  const row = page.locator('li[data-issue]', { hasText: TITLE })
  const announced = page.getByRole('button', { name: /new/i }).first()
  await Promise.race([row.waitFor({ timeout: 15_000 }), announced.waitFor({ timeout: 15_000 })])
  if (!(await row.count())) await announced.click()
  await row.waitFor({ timeout: 5_000 })

  await send(TITLE)
  await send(TITLE)
  await page.waitForFunction(
    (title) => [...document.querySelectorAll('li[data-issue]')].some((li) => li.textContent.includes(title) && /(^|\s)3(\s|$)/.test(li.innerText)),
    TITLE,
    { timeout: 15_000 },
  )
  if (!(await page.evaluate(() => window.sameDocument))) throw new Error('the page was reloaded')
  if (SHOTS) await page.screenshot({ path: join(SHOTS, 'live.png') })
  console.log('a new issue and its count arrived without a reload')
} finally {
  await browser.close()
}
