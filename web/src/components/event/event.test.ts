import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import AttachmentList from './AttachmentList.vue'
import GroupingTree from './GroupingTree.vue'
import StackTrace from './StackTrace.vue'
import ValueTree from './ValueTree.vue'

const frames = [
  { function: 'serve', filename: 'server.py', lineno: 1, in_app: false },
  { function: 'dispatch', filename: 'server.py', lineno: 2, in_app: false },
  { function: 'pay', filename: 'views.py', lineno: 141, in_app: true, context_line: 'receipt = charge()', vars: { token: '[scrubbed]' } },
]

it('opens application frames with source and variables, and unfolds system frames on request', async () => {
  const view = mount(StackTrace, { props: { trace: { frames }, platform: 'python', path: 'exception.0.stacktrace' } })
  await flushPromises()
  expect(view.text()).toContain('receipt = charge()')
  expect(view.text()).toContain('token')
  expect(view.text()).not.toContain('dispatch at')
  const toggle = view.findAll('button').find((b) => b.text().includes('2 system frames'))
  expect(toggle?.attributes('aria-expanded')).toBe('false')
  await toggle?.trigger('click')
  expect(toggle?.attributes('aria-expanded')).toBe('true')
  expect(view.text()).toContain('serve')
})

it('says what was left out of a deep stack, and shows its far end on request', async () => {
  const deep = Array.from({ length: 250 }, (_, i) => ({ function: `call${i}`, lineno: i, in_app: true }))
  const view = mount(StackTrace, { props: { trace: { frames: deep, frames_omitted: [200, 400] }, platform: 'python', path: 'exception.0.stacktrace' } })
  expect(view.text()).toContain('call249')
  expect(view.text()).toContain('200 frames left out')
  expect(view.text()).not.toContain('call0 ')
  const more = view.findAll('button').find((b) => b.text() === 'Show 191 more frames')
  await more?.trigger('click')
  expect(view.text()).toContain('call0')
  expect(view.text()).not.toContain('more frames')
})

it('shows of a long explanation what counts, and the rest on request', async () => {
  const children = Array.from({ length: 40 }, (_, i) => ({ name: 'frame', value: `call${i}`, contributes: i === 30 }))
  const view = mount(GroupingTree, { props: { node: { name: 'stacktrace', value: 'v'.repeat(900), contributes: true, children } } })
  expect(view.text()).toContain('call30')
  expect(view.text()).not.toContain('call39')
  expect(view.text()).not.toContain('v'.repeat(301))
  await view.get('button').trigger('click')
  expect(view.text()).toContain('call39')
})

it('shows values as text, never as markup', () => {
  const view = mount(ValueTree, { props: { value: '<img src=x onerror=alert(1)>' } })
  expect(view.find('img').exists()).toBe(false)
  expect(view.text()).toContain('<img src=x')
})

it('shortens long text and deep objects until they are asked for', async () => {
  const view = mount(ValueTree, { props: { value: { text: 'x'.repeat(900), deep: { a: { b: 1 } } } } })
  expect(view.text()).toContain('show all 900 characters')
  await view.find('.link').trigger('click')
  expect(view.text()).toContain('x'.repeat(900))
})

it('offers attachments to be saved, with their names as text', () => {
  const view = mount(AttachmentList, { props: { eventId: 'e1', attachments: [{ id: 'a1', name: '<b>.html', content_type: 'text/html', size: 2048 }] } })
  const link = view.get('a')
  expect(link.attributes('href')).toBe('/api/v1/events/e1/attachments/a1')
  expect(link.attributes('download')).toBe('<b>.html')
  expect(view.find('b').exists()).toBe(false)
  expect(view.text()).toContain('<b>.html')
})
