// Charts: the dashboard with brush to zoom, and the usage page.
import { story } from './kit.mjs'

await story('dashboard', async (s) => {
  await s.issues('the pump stalls', 'the valve leaks')
  await s.send({ message: 'the pump stalls', fingerprint: ['the pump stalls'], level: 'fatal', tags: { region: 'eu' }, environment: 'staging' })
  await s.until('three events', async () => (await s.api('GET', '/api/v1/projects/1/events')).items.length === 3)
  await s.signIn()
  await s.go('/projects/1/dashboard')
  const chart = s.page.getByRole('img', { name: 'Events by level over time' })

  await s.step('the figures are those of the project', async () => {
    await s.page.getByText('the pump stalls').first().waitFor()
    const main = await s.page.locator('main').innerText()
    for (const text of ['fatal', 'error', 'production', 'staging', 'region']) if (!main.includes(text)) throw new Error(`the dashboard does not show ${text}`)
    await chart.locator('canvas').first().waitFor()
    await s.check('dashboard-figures')
  })
  await s.step('dragging over the chart zooms, and back', async () => {
    const box = await chart.boundingBox()
    const y = box.y + box.height / 2
    await s.page.mouse.move(box.x + box.width * 0.5, y)
    await s.page.mouse.down()
    await s.page.mouse.move(box.x + box.width * 0.7, y, { steps: 4 })
    await s.page.mouse.move(box.x + box.width - 20, y, { steps: 4 })
    await s.page.mouse.up()
    await s.page.waitForURL((url) => url.searchParams.has('start') && url.searchParams.has('end'))
    const { searchParams } = new URL(s.page.url())
    const hours = (Date.parse(searchParams.get('end')) - Date.parse(searchParams.get('start'))) / 3_600_000
    if (!(hours > 8 && hours < 16)) throw new Error(`half of the day was dragged over, the range has ${hours} hours`)
    await s.button('Reset zoom').click()
    await s.page.waitForURL((url) => !url.searchParams.has('end'))
  })
  await s.step('any tag can be looked at', async () => {
    await s.page.getByLabel('Tag', { exact: true }).selectOption('region')
    await s.page.getByRole('link', { name: /^eu/ }).waitFor()
  })
  await s.step('a top issue leads to its page', async () => {
    await s.page.getByRole('region', { name: 'Top issues' }).getByRole('link', { name: 'the pump stalls' }).click()
    await s.page.getByRole('heading', { level: 1, name: 'the pump stalls' }).waitFor()
  })
  await s.step('the usage page accounts for what arrived', async () => {
    await s.press('g', 'u')
    await s.page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor()
    await s.settle()
    const row = s.page.getByRole('row', { name: /Error Stored/ })
    await row.waitFor()
    if (!/\b3\b/.test(await row.innerText())) throw new Error(`the ledger says ${await row.innerText()}`)
    await s.page.getByRole('img', { name: 'Outcomes over time' }).locator('canvas').first().waitFor()
    await s.page.getByLabel('Category').selectOption('error')
    await s.check('usage-error')
  })
})
