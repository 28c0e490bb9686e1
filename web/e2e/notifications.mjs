// Following an issue, and being told what others do to it.
import { story } from './kit.mjs'

await story('notifications', async (s) => {
  const [issue] = await s.issues('the pump stops')
  const june = await s.member('member', 'June Park')
  const mine = await s.signIn()
  await s.go(`/projects/1/issues/${issue.id}`)
  const bell = mine.getByRole('link', { name: /notifications/i }).filter({ visible: true })

  await s.step('f follows, and says how many do', async () => {
    await s.press('f')
    await s.toast('You follow this issue')
    await mine.getByText('1 follower').waitFor()
    await s.untilIssue(issue.id, { is_subscribed: true })
  })
  await s.step('what another says reaches the bell', async () => {
    const hers = await s.signIn({ email: june.email, password: june.password })
    await s.go(`/projects/1/issues/${issue.id}/activity`, hers)
    await hers.getByRole('combobox', { name: 'Comment' }).fill('it leaks too')
    await hers.keyboard.press('Control+Enter')
    await hers.locator('.prose-note').waitFor()
    s.page = mine
    await bell.filter({ hasText: '1' }).waitFor()
  })
  await s.step('the bell leads to the notification, which leads to the comment', async () => {
    await bell.click()
    await mine.waitForURL(/\/notifications$/)
    const row = mine.getByRole('list', { name: 'Notifications' }).getByRole('listitem')
    await row.getByText('June Park').waitFor()
    await s.check('list')
    await row.getByRole('link').click()
    await mine.waitForURL(/\/activity$/)
    await mine.getByText('it leaks too').waitFor()
    await s.until('the notification is read', async () => (await bell.innerText()) === '')
  })
  await s.step('f again: nothing more is told', async () => {
    await s.press('f')
    await s.toast('You no longer follow this issue')
    await s.untilIssue(issue.id, { is_subscribed: false })
  })
})
