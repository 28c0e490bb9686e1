// Takes screenshots of any pages, for looking at them while working:
//   [BASE_URL=…] [EMAIL=… PASSWORD=…] node e2e/shots.mjs FOLDER [--width 1280] [--theme light|dark|both]
//     [--wait MS] [--full 1] [--click SELECTOR] /path…
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const args = process.argv.slice(2)
const folder = args.shift()
const flag = (name, fallback) => {
  const at = args.indexOf(`--${name}`)
  return at < 0 ? fallback : args.splice(at, 2)[1]
}
const width = Number(flag('width', 1280))
const theme = flag('theme', 'both')
const click = flag('click', '')
const wait = Number(flag('wait', 900))
const full = flag('full', '') !== ''
const base = process.env.BASE_URL ?? 'http://127.0.0.1:8099'
mkdirSync(folder, { recursive: true })

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const scheme of theme === 'both' ? ['light', 'dark'] : [theme]) {
  const page = await (await browser.newContext({ colorScheme: scheme, viewport: { width, height: width < 600 ? 844 : 860 } })).newPage()
  page.on('console', (m) => m.type() === 'error' && console.log(scheme, page.url(), m.text()))
  page.on('pageerror', (e) => console.log(scheme, page.url(), e.stack))
  if (process.env.EMAIL) {
    await page.goto(`${base}/sign-in`)
    await page.getByLabel('E-mail').fill(process.env.EMAIL)
    await page.getByLabel('Password').fill(process.env.PASSWORD ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  }
  for (const path of args) {
    await page.goto(base + path)
    await page.waitForTimeout(wait)
    if (click) await page.locator(click).first().click()
    if (click) await page.waitForTimeout(500)
    const name = path.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '') || 'home'
    await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: full })
  }
}
await browser.close()
