// What a viewer sees: everything to read, and why the rest is not for them.
import { story } from './kit.mjs'

await story('viewer', async (s) => {
  const [issue] = await s.issues('the lamp flickers')
  const viewer = await s.member('viewer', 'Vic Reader')
  await s.api('POST', `/api/v1/orgs/${viewer.orgId}/teams`, { name: 'Payments' })
  await s.api('POST', `/api/v1/issues/${issue.id}/comments`, { text: 'Seen by @Vic Reader' })
  await s.signIn(viewer)
  const refused = async (...names) => {
    for (const name of names) if (!(await s.button(name).first().isDisabled())) throw new Error(`${name} is offered`)
  }
  const absent = async (locator, what) => {
    if (await locator.count()) throw new Error(`${what} is offered`)
  }

  await s.step('actions on an issue are disabled, with the reason', async () => {
    await s.go(`/projects/1/issues/${issue.id}`)
    await s.page.getByText('Viewers read issues; members change them.').waitFor()
    await refused('Resolve', 'More ways to resolve', 'Archive', 'More ways to archive', 'Bookmark', 'More actions', 'Assignee: Nobody', 'Priority: Medium')
    await s.check('viewer-issue')
  })
  await s.step('keys change nothing', async () => {
    await s.press('e', 'a', 'M', 'b', '#', 's', 'P')
    await absent(s.page.getByRole('dialog'), 'a dialog')
    await absent(s.page.getByRole('menu'), 'a menu')
    const now = await s.issue(issue.id)
    if (now.status !== 'unresolved' || now.assignee) throw new Error(`the issue is ${JSON.stringify(now)}`)
  })
  await s.step('the list of shortcuts has only what works', async () => {
    await s.press('?')
    const sheet = s.dialog('Keyboard shortcuts')
    await sheet.getByText('Next event').waitFor()
    await absent(sheet.getByText('Resolve'), 'resolve')
    await absent(sheet.getByText('Comment'), 'comment')
    await s.press('Escape')
  })
  await s.step('comments are read, not written', async () => {
    await s.go(`/projects/1/issues/${issue.id}/activity`)
    await s.page.locator('.mention', { hasText: 'Vic Reader' }).waitFor()
    await absent(s.page.getByRole('combobox', { name: 'Comment' }), 'the comment box')
  })
  await s.step('ticked rows offer no actions, with the reason', async () => {
    await s.go('/projects/1/issues')
    await s.page.getByLabel(`Select ${issue.short_id}`).click()
    const bar = s.page.getByRole('toolbar')
    await bar.getByText('Viewers read issues; members change them.').waitFor()
    await absent(bar.getByRole('button', { name: 'Resolve' }), 'resolve')
    await s.check('viewer-issues')
  })
  await s.step('settings are shown, not changed', async () => {
    const reason = s.page.getByText('Your role reads these settings; admins and owners change them.')
    await s.go('/projects/1/settings/limits')
    await reason.waitFor()
    if (!(await s.page.getByLabel('Events a minute').isDisabled())) throw new Error('a limit can be typed')
    await s.go('/projects/1/settings/keys')
    await reason.waitFor()
    await absent(s.button('Add key'), 'a new key')
    await absent(s.button('Disable'), 'disabling a key')
    await s.go('/projects/1/settings/danger')
    await refused('Delete project')
    await s.check('viewer-danger')
  })
  await s.step('members and teams are shown, not changed', async () => {
    await s.go(`/organizations/${viewer.orgId}`)
    await s.page.getByText('Your role reads this; admins and owners change it.').waitFor()
    await absent(s.page.getByRole('main').getByRole('combobox'), 'a role')
    await s.go(`/organizations/${viewer.orgId}/teams`)
    await s.page.getByRole('heading', { name: 'Payments' }).waitFor()
    await s.page.getByText('Admins and owners create teams and change them.').waitFor()
    await absent(s.page.getByRole('main').getByRole('button'), 'a button')
    await absent(s.page.getByRole('main').getByRole('combobox'), 'a choice')
    await s.check('viewer-teams')
    await s.go(`/organizations/${viewer.orgId}/invitations`)
    await s.page.getByText('Only admins and owners may invite people.').waitFor()
    await absent(s.page.getByRole('link', { name: 'Audit log' }), 'the audit log')
    await s.go(`/organizations/${viewer.orgId}/settings`)
    await refused('Delete organization')
  })
})
