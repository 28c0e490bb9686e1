import { expect, it, vi } from 'vitest'
import { ShortcutRegistry } from './shortcuts'

function press(registry: ShortcutRegistry, key: string, target: HTMLElement = document.body, init: KeyboardEventInit = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  Object.defineProperty(event, 'target', { value: target })
  registry.handle(event)
  return event
}
const shortcut = (keys: string, run: () => void, when?: () => boolean) => ({ keys, label: keys, group: 'test', run, when })

it('runs keys and sequences', () => {
  const registry = new ShortcutRegistry()
  const i = vi.fn()
  const gi = vi.fn()
  registry.add([shortcut('i', i), shortcut('g i', gi)])
  press(registry, 'g')
  press(registry, 'i')
  expect(gi).toHaveBeenCalledOnce()
  expect(i).not.toHaveBeenCalled()
  press(registry, 'i')
  expect(i).toHaveBeenCalledOnce()
})

it('leaves keys to fields, dialogs and the browser', () => {
  const registry = new ShortcutRegistry()
  const e = vi.fn()
  registry.add([shortcut('e', e)])
  press(registry, 'e', document.createElement('input'))
  press(registry, 'e', document.createElement('textarea'))
  press(registry, 'e', document.body, { ctrlKey: true })
  const dialog = document.createElement('div')
  dialog.setAttribute('role', 'dialog')
  const button = dialog.appendChild(document.createElement('button'))
  press(registry, 'e', button)
  expect(e).not.toHaveBeenCalled()
  const checkbox = document.createElement('input')
  checkbox.type = 'checkbox'
  press(registry, 'e', checkbox)
  expect(e).toHaveBeenCalledOnce()
})

it('prefers the latest registration that applies, and forgets removed ones', () => {
  const registry = new ShortcutRegistry()
  const shell = vi.fn()
  const page = vi.fn()
  let applies = true
  registry.add([shortcut('e', shell)])
  const remove = registry.add([shortcut('e', page, () => applies)])
  press(registry, 'e')
  expect(page).toHaveBeenCalledOnce()
  applies = false
  press(registry, 'e')
  expect(shell).toHaveBeenCalledOnce()
  remove()
  expect(registry.list.length).toBe(1)
})
