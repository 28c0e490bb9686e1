// Comments: Markdown, mentions by name with completion, and what is shown of them.
import { story } from './kit.mjs'

await story('comments', async (s) => {
  const [issue] = await s.issues('the tap drips')
  await s.member('member', 'June Park')
  await s.member('viewer', 'June Stone')
  await s.signIn()
  await s.go(`/projects/1/issues/${issue.id}`)
  const box = s.page.getByRole('combobox', { name: 'Comment' })

  await s.step('c goes to the comment box from the event', async () => {
    await s.press('c')
    await s.page.waitForURL(/\/activity$/)
    await s.page.waitForFunction(() => document.activeElement?.id === 'comment')
  })
  await s.step('@ offers members; arrows and enter choose', async () => {
    await s.page.keyboard.type('@ju')
    await s.page.getByRole('option', { name: /June Park/ }).waitFor()
    await s.check('comment-mention')
    await s.press('ArrowDown', 'Enter')
    const text = await box.inputValue()
    if (text !== '@June Stone ') throw new Error(`the box holds ${JSON.stringify(text)}`)
  })
  await s.step('escape closes the list and keeps the text', async () => {
    await s.page.keyboard.type('and @')
    await s.page.getByRole('option').first().waitFor()
    await s.press('Escape')
    if (await s.page.getByRole('option').count()) throw new Error('the list stays')
    await s.page.keyboard.type('june.park@example.org: **see** `@June Stone` <b>x</b>')
  })
  await s.step('ctrl and enter send; the comment names whom it mentions', async () => {
    await s.press('Control+Enter')
    const comment = s.page.locator('.prose-note')
    await comment.waitFor()
    const names = await comment.locator('.mention').allInnerTexts()
    if (names.map((n) => n.replace(/^\S+\s/, '')).join() !== 'June Stone,June Park') throw new Error(`mentioned ${names}`)
    await comment.locator('strong', { hasText: 'see' }).waitFor()
    await comment.getByText('<b>x</b>').waitFor()
    const [stored] = (await s.api('GET', `/api/v1/issues/${issue.id}/comments`)).items
    if (stored.mentions.length !== 2) throw new Error(`the server found ${JSON.stringify(stored.mentions)}`)
    await s.check('comment')
  })
})
