import { expect, it } from 'vitest'
import { render } from './markdown'

const bo = { user_id: 3, name: 'Bo <b>', email: 'bo@example.org' }

it('shows a mention by name, also where the address was written', () => {
  const html = render('ask @bo@example.org, **now**', [bo])
  expect(html).toContain('class="mention"')
  expect(html).toContain('Bo &lt;b&gt;')
  expect(html).not.toContain('mailto:')
  expect(html).toContain('<strong>now</strong>')
})

it('leaves text, code and HTML alone', () => {
  expect(render('`@Bo <b>` <i>x</i>', [bo])).toBe('<p><code>@Bo &lt;b&gt;</code> &lt;i&gt;x&lt;/i&gt;</p>\n')
  expect(render('@nobody', [bo])).toBe('<p>@nobody</p>\n')
})
