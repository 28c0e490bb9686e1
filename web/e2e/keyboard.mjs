// Use without a mouse: lists, ways between pages, focus, and the list of shortcuts.
import { env, story } from './kit.mjs'

await story('keyboard', async (s) => {
  const [first, second] = await s.issues('the bell rings', 'the clock stops')
  await s.signIn()
  await s.go('/projects/1/issues')
  await s.page.locator('li[data-issue]').nth(1).waitFor()
  const path = (want) => s.page.waitForURL((url) => want.test(url.pathname))

  await s.step('tab begins with a link to the content', async () => {
    await s.press('Tab')
    await s.page.waitForFunction(() => document.activeElement?.textContent === 'Skip to content')
    await s.press('Enter')
    await s.page.waitForFunction(() => document.activeElement?.id === 'main' || location.hash === '#main')
  })
  await s.step('j and k move, x ticks, escape clears, enter opens', async () => {
    await s.press('j', 'j', 'k', 'x')
    const bar = s.page.getByRole('toolbar')
    await bar.getByText('1 issue selected').waitFor()
    await s.press('Escape')
    await bar.waitFor({ state: 'detached' })
    await s.press('A')
    await bar.getByText('2 issues selected').waitFor()
    await s.press('Escape', 'j', 'Enter')
    await path(/\/issues\/\d+$/)
    await s.settle()
  })
  await s.step('g and a letter go between pages', async () => {
    for (const [key, page] of [['e', 'events'], ['l', 'logs'], ['d', 'dashboard'], ['u', 'usage'], ['s', 'settings'], ['i', 'issues']]) {
      await s.press('g', key)
      await path(new RegExp(`/projects/1/${page}$`))
    }
    await s.settle()
  })
  await s.step('? lists every key of the page, and each of them by its name', async () => {
    const sheet = s.dialog('Keyboard shortcuts')
    const lines = async () => (await sheet.locator('dl > div').allInnerTexts()).map((t) => t.replaceAll(/\s+/g, ' ').trim())
    const wants = async (...keys) => {
      const have = await lines()
      for (const key of keys) if (!have.includes(key)) throw new Error(`the list has no ${key}: ${have.join(', ')}`)
    }
    await s.press('?')
    await sheet.waitFor()
    await wants('Resolve e', 'Resolve in the next release r', 'Resolve in a release ⇧ R', 'Archive a', 'Archive until it escalates i', 'Archive until a time t', 'Archive until more events v', 'Archive until more users w', 'Reopen u', 'Assign m', 'Assign to me ⇧ M', 'Set priority ⇧ P', 'Bookmark b', 'Merge ⇧ J', 'Delete #', 'Delete and discard future events ⇧ D', 'Select row x', 'Select all shown issues ⇧ A', 'Clear selection Esc', 'Next row j', 'Previous row k', 'Open ↵', 'Search /', 'Undo the last change z', 'Issues g i')
    await s.check('shortcuts')
    await s.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    await s.go(`/projects/1/issues/${first.id}`)
    await s.page.locator('#message').waitFor()
    await s.press('?')
    await sheet.waitFor()
    await wants('Resolve e', 'Share by public link s', 'Comment c', 'Next event n', 'Previous event p', 'Assign m')
    await s.press('Escape')
    await sheet.waitFor({ state: 'detached' })
  })
  await s.step('a dialog takes the focus and gives it back', async () => {
    await s.button('More actions').focus()
    await s.press('Enter')
    await s.item(/Share/).waitFor()
    await s.press('Enter')
    const dialog = s.dialog('Share this issue')
    await dialog.waitFor()
    await s.page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'))
    for (let i = 0; i < 6; i++) await s.press('Tab')
    await s.page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'))
    await s.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })
  await s.step('what has the focus is seen', async () => {
    await s.go('/projects/1/issues')
    await s.page.locator('li[data-issue]').first().waitFor()
    for (let i = 0; i < 25; i++) {
      await s.press('Tab')
      const bare = await s.page.evaluate(() => {
        const e = document.activeElement
        if (!e || e === document.body) return ''
        const { outlineStyle, boxShadow } = getComputedStyle(e)
        return outlineStyle === 'none' && boxShadow === 'none' ? e.outerHTML.slice(0, 160) : ''
      })
      if (bare) throw new Error(`the focus is not to be seen on ${bare}`)
    }
  })
  await s.step('a key of a field stays in the field', async () => {
    await s.page.getByRole('combobox', { name: 'Search issues' }).focus()
    await s.page.keyboard.type('e#a')
    if ((await s.issue(second.id)).status !== 'unresolved') throw new Error('typing resolved an issue')
  })
  if (env.shots) await s.shot('end')
})
