// Opens the page given as the first argument in real Chromium, clicks its
// button, and ends once the page's error report was answered with 200.
import { chromium } from 'playwright-core'

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
})
try {
  const page = await browser.newPage()
  const reported = page.waitForResponse(
    async (response) => response.url().includes('/envelope/') && (response.request().postData() ?? '').includes('"exception"'),
    { timeout: 30_000 },
  )
  await page.goto(process.argv[2])
  await page.click('#buy')
  const status = (await reported).status()
  if (status !== 200) throw new Error(`the error report was answered with ${status}`)
} finally {
  await browser.close()
}
