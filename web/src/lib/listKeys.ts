import { nextTick, shallowRef, watch, type Ref } from 'vue'
import { useShortcuts } from './shortcuts'

export interface ListKeysOptions<T> {
  items: Ref<readonly T[]>
  open: (item: T) => void
  /** Finds the element of a row, to bring it into view. */
  element: (index: number) => Element | null | undefined
  onEnd?: () => void
}

/** j and k move through a list, enter opens: the part of keyboard use that every list shares. */
export function useListKeys<T>(options: ListKeysOptions<T>) {
  const active = shallowRef(-1)

  function move(by: number) {
    const last = options.items.value.length - 1
    if (last < 0) return
    active.value = Math.min(last, Math.max(0, active.value + by))
    void nextTick(() => options.element(active.value)?.scrollIntoView({ block: 'nearest' }))
    if (active.value >= last - 2) options.onEnd?.()
  }

  function openActive(event: KeyboardEvent) {
    const item = options.items.value[active.value]
    if (item !== undefined) options.open(item)
    else if (event.target instanceof HTMLElement) event.target.click()
  }

  // A focused button or link takes its own enter.
  const free = () => !document.activeElement?.closest('a,button,[tabindex="0"]') && active.value >= 0

  useShortcuts([
    { keys: 'j', label: 'Next row', group: 'Lists', run: () => move(1) },
    { keys: 'k', label: 'Previous row', group: 'Lists', run: () => move(-1) },
    { keys: 'Enter', label: 'Open', group: 'Lists', run: openActive, when: free },
  ])
  watch(
    () => options.items.value.length,
    (length) => {
      if (active.value >= length) active.value = length - 1
    },
  )
  return { active }
}
