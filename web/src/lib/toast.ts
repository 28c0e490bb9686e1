import { shallowRef } from 'vue'

export interface Toast {
  id: number
  kind: 'ok' | 'error'
  text: string
  action?: { label: string; run: () => void }
  /** Called once when the toast goes away without its action. */
  onClose?: () => void
}

const LIFE_MS = 5_000
const UNDO_LIFE_MS = 8_000
const MAX_TOASTS = 4

export const toasts = shallowRef<Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let lastId = 0

/** Shows a short message; one with an action stays longer. */
export function toast(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
  const item: Toast = { id: ++lastId, kind: 'ok', text, ...options }
  const all = [...toasts.value, item]
  for (const old of all.slice(0, -MAX_TOASTS)) dismiss(old.id)
  toasts.value = all.slice(-MAX_TOASTS)
  timers.set(item.id, setTimeout(() => dismiss(item.id), item.action ? UNDO_LIFE_MS : LIFE_MS))
  return item.id
}

export function toastError(text: string): void {
  toast(text, { kind: 'error' })
}

export function dismiss(id: number): void {
  const item = toasts.value.find((t) => t.id === id)
  clearTimeout(timers.get(id))
  timers.delete(id)
  toasts.value = toasts.value.filter((t) => t.id !== id)
  item?.onClose?.()
}

export function act(item: Toast): void {
  clearTimeout(timers.get(item.id))
  timers.delete(item.id)
  toasts.value = toasts.value.filter((t) => t.id !== item.id)
  item.action?.run()
}
