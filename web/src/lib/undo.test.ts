import { beforeEach, expect, it, vi } from 'vitest'
import { act, dismiss, toasts } from './toast'
import { canUndo, toastUndo, toastUntilDone, undoLatest } from './undo'

beforeEach(() => {
  vi.useFakeTimers()
  for (const t of toasts.value) dismiss(t.id)
})

it('takes a change back once, by its toast or by key', () => {
  const undo = vi.fn()
  toastUndo('Issue resolved', undo)
  const shown = toasts.value[0]
  if (shown) act(shown)
  expect(undo).toHaveBeenCalledOnce()
  expect(canUndo()).toBe(false)
  undoLatest()
  expect(undo).toHaveBeenCalledOnce()
})

it('works by key for a minute, when the toast has long gone', () => {
  const undo = vi.fn()
  toastUndo('Issue resolved', undo)
  vi.advanceTimersByTime(30_000)
  expect(toasts.value).toEqual([])
  undoLatest()
  expect(undo).toHaveBeenCalledOnce()
  toastUndo('Issue resolved', undo)
  vi.advanceTimersByTime(61_000)
  expect(canUndo()).toBe(false)
})

it('does what waits for its toast unless it was taken back', () => {
  const undo = vi.fn()
  const done = vi.fn()
  toastUntilDone('Issue deleted', undo, done)
  vi.advanceTimersByTime(10_000)
  expect([undo.mock.calls.length, done.mock.calls.length]).toEqual([0, 1])
  expect(canUndo()).toBe(false)
})
