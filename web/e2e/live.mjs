// Events that arrive while a page is open: the list takes them without a reload.
import { story } from './kit.mjs'

const TITLE = 'the printer is on fire'

await story('live', async (s) => {
  await s.issues('the paper is out')
  await s.signIn()
  await s.go('/projects/1/issues')
  await s.row('the paper is out').waitFor()
  await s.page.getByText('Live', { exact: true }).waitFor()
  await s.page.evaluate(() => (window.sameDocument = true))

  await s.step('a new issue announces itself; the reader decides when the list moves', async () => {
    await s.send({ message: TITLE, level: 'fatal' })
    const announced = s.button(/Show 1 new issue/)
    await announced.waitFor()
    if (await s.row(TITLE).count()) throw new Error('the list moved by itself')
    await announced.click()
    await s.row(TITLE).waitFor()
  })
  await s.step('its count grows in place', async () => {
    await s.send({ message: TITLE, level: 'fatal' })
    await s.send({ message: TITLE, level: 'fatal' })
    await s.row(TITLE).locator('[title="3 events"]').waitFor()
    if (!(await s.page.evaluate(() => window.sameDocument))) throw new Error('the page was reloaded')
  })
  await s.step('the dashboard and an open issue follow', async () => {
    await s.row(TITLE).getByRole('link').first().click()
    await s.page.getByRole('heading', { level: 1, name: TITLE }).waitFor()
    await s.page.locator('#message').waitFor()
    await s.send({ message: TITLE, level: 'fatal' })
    await s.button(/1 new event: show the latest/).click()
    await s.page.getByRole('complementary', { name: 'About this issue' }).getByText('4', { exact: true }).first().waitFor()
  })
})
