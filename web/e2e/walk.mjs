// Visits every page, and fails on errors in the console, on serious accessibility
// violations, on pages wider than the window and on pages without their heading:
//   node e2e/walk.mjs light|dark|phone|policy
// Dark visits the main pages, which hold all colours. Policy visits pages with
// the server's content security policy in force: its refusals are console errors.
import { env, story } from './kit.mjs'

const LOOKS = {
  light: { scheme: 'light', width: 1280, whole: true },
  dark: { scheme: 'dark', width: 1280, whole: false },
  phone: { scheme: 'light', width: 390, whole: true },
  policy: { scheme: 'light', width: 1280, bypassCSP: false },
}
// Colours do not depend on the width, and looking at them takes longest.
const RULES = { phone: { 'color-contrast': { enabled: false } } }
const look = process.argv[2] ?? 'light'
if (!LOOKS[look]) throw new Error(`no such look: ${look}`)

async function visit(s, name, path, heading) {
  await s.step(name, async () => {
    await s.page.goto(env.base + path)
    await s.page.getByRole('heading', { level: 1, name: heading }).first().waitFor()
    await s.settle()
    if (look !== 'policy') await s.check(name, s.page, RULES[look])
  })
}

async function issue(s, path, whole) {
  await visit(s, 'issue', path, /.+/)
  await s.page.locator('#exception, #message, #json').first().waitFor()
  await s.step('an id of 64 bits is not rounded', () => s.page.locator('#extra').getByText('9223372036854775807').waitFor())
  await s.step('issue dialogs', async () => {
    await s.button('More actions').click()
    await s.item(/Share/).click()
    await s.button('Create public link').waitFor()
    await s.check('share')
    await s.press('Escape')
    await s.page.getByRole('dialog').waitFor({ state: 'detached' })
    await s.button('More ways to archive').click()
    await s.item(/Until a time/).waitFor()
    await s.check('archive-menu')
    await s.item(/Until a time/).click()
    await s.dialog('Archive until a time').waitFor()
    await s.check('archive-until')
    await s.press('Escape')
  })
  if (whole) await visit(s, 'issue-events', `${path}/events`, /.+/)
  if (whole) await visit(s, 'issue-activity', `${path}/activity`, /.+/)
}

await story(`walk-${look}`, async (s) => {
  const options = LOOKS[look]
  const { whole } = options
  const p = '/projects/1'
  const [first] = (await s.api('GET', '/api/v1/projects/1/issues')).items
  const [org] = (await s.api('GET', '/api/v1/orgs')).items
  await s.signIn(options)

  await visit(s, 'issues', `${p}/issues?status=all&start=-90d`, 'Issues')
  await visit(s, 'events', `${p}/events?start=-90d`, 'Events')
  await visit(s, 'logs', `${p}/logs`, 'Logs')
  await visit(s, 'dashboard', `${p}/dashboard`, 'Dashboard')
  await visit(s, 'usage', `${p}/usage`, 'Usage')
  if (look === 'policy') return visit(s, 'issue', `${p}/issues/${first.id}`, /.+/)
  await issue(s, `${p}/issues/${first.id}`, whole)
  await s.go(`${p}/issues?status=all&start=-90d`)
  await s.page.getByRole('checkbox', { name: 'Select all shown issues' }).click()
  await s.page.getByRole('toolbar').waitFor()
  await s.check('issues-bulk')
  await visit(s, 'organization-teams', `/organizations/${org.id}/teams`, 'Organization')
  if (!whole) return
  await visit(s, 'onboarding', `${p}/onboarding`, 'Get started')
  for (const section of ['', '/keys', '/limits', '/filters', '/scrubbing', '/grouping', '/discards', '/danger']) await visit(s, `settings${section.replace('/', '-')}`, `${p}/settings${section}`, 'Project settings')
  for (const section of ['', '/security', '/tokens']) await visit(s, `account${section.replace('/', '-')}`, `/account${section}`, 'Account')
  for (const section of ['', '/invitations', '/audit-log', '/settings']) await visit(s, `organization${section.replace('/', '-')}`, `/organizations/${org.id}${section}`, 'Organization')
  await visit(s, 'project-new', '/projects/new', 'New project')
  await visit(s, 'organization-new', '/organizations/new', 'New organization')
  await visit(s, 'not-found', '/no/such/page', /./)
})
