// The account: name, password, sessions, second factor, and API tokens.
import { createHmac } from 'node:crypto'
import { env, story } from './kit.mjs'

/** The code of an authenticator app (RFC 6238: SHA-1, 30 s, 6 digits). */
function totp(secret) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/[\s=]/g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

await story('account', async (s) => {
  const jo = await s.member('member', 'Jo Park')
  const other = await s.signIn(jo)
  await s.signIn(jo)

  await s.step('the name is changed', async () => {
    await s.go('/account')
    await s.page.getByLabel('Name').fill('Jo Parker')
    await s.button('Save').click()
    await s.toast('Name saved')
    await s.page.getByRole('complementary', { name: 'Navigation' }).getByText('Jo Parker').waitFor()
  })
  await s.step('other sessions are listed and signed out', async () => {
    await s.go('/account/security')
    await s.page.getByText('This browser').waitFor()
    s.expected.add(401)
    const others = await s.button('Sign out').count()
    await s.button('Sign out').first().click()
    await s.page.waitForFunction((n) => [...document.querySelectorAll('button')].filter((b) => b.textContent.trim() === 'Sign out').length === n - 1, others)
    await s.button('Sign out all others').click()
    await s.button('Sign out').first().waitFor({ state: 'detached' })
    await other.goto(`${env.base}/projects/1/issues`)
    await other.waitForURL(/sign-in/)
  })
  await s.step('a wrong password is refused, the right one changes it', async () => {
    await s.go('/account')
    s.expected.add(400).add(403).add(422)
    await s.page.getByLabel('Current password').fill('a wrong password')
    await s.page.getByLabel('New password').fill('another long password')
    await s.button('Change password').click()
    await s.page.getByRole('alert').first().waitFor()
    await s.page.getByLabel('Current password').fill(jo.password)
    await s.button('Change password').click()
    await s.toast('Password changed; other sessions were signed out')
    jo.password = 'another long password'
  })
  let recovery = ''
  await s.step('the second factor is turned on', async () => {
    await s.go('/account/security')
    await s.button('Turn on').click()
    const dialog = s.dialog('Turn on the second factor')
    await dialog.getByLabel('Your password').fill(jo.password)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    const secret = (await dialog.locator('p.font-mono').innerText()).trim().split(/\s/)[0]
    await s.check('account-totp')
    await dialog.getByLabel('Code that the app shows').fill(totp(secret))
    await dialog.getByRole('button', { name: 'Turn on' }).click()
    await dialog.getByText(/recovery codes/).waitFor()
    recovery = (await dialog.getByRole('listitem').first().innerText()).trim()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await s.page.getByText(/recovery codes left/).waitFor()
  })
  await s.step('signing in asks for it, and takes a recovery code', async () => {
    const page = await s.newPage()
    await page.goto(`${env.base}/sign-in`)
    await page.getByLabel('E-mail').fill(jo.email)
    await page.getByLabel('Password').fill(jo.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel(/code/i).fill(recovery)
    await s.check('sign-in-code', page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  })
  await s.step('the second factor is turned off', async () => {
    await s.button('Turn off').click()
    const dialog = s.dialog('Turn off the second factor')
    await dialog.getByLabel('Your password').fill(jo.password)
    await dialog.getByRole('button', { name: 'Turn off' }).click()
    await s.toast('Second factor turned off')
  })
  await s.step('a token works within its scopes until it is revoked', async () => {
    await s.go('/account/tokens')
    await s.page.getByLabel('Name').fill('CI deploys')
    await s.page.getByLabel('Expires').selectOption('30 days')
    await s.button('Create token').click()
    const token = await s.page.getByRole('status').locator('code').innerText()
    const call = async (method, path) => (await fetch(env.base + path, { method, headers: { Authorization: `Bearer ${token}` } })).status
    if ((await call('GET', '/api/v1/projects/1/issues')) !== 200) throw new Error('the token does not read')
    if ((await call('GET', '/api/v1/projects/1/keys')) !== 403) throw new Error('the token goes beyond its scopes')
    await s.check('account-token')
    await s.button('Revoke').first().click()
    await s.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await s.until('the token is refused', async () => (await call('GET', '/api/v1/projects/1/issues')) === 401)
  })
})
