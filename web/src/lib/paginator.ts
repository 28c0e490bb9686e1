import { computed, shallowRef } from 'vue'
import { messageOf } from '@/api/http'
import type { Page } from '@/api/types'

export interface PaginatorOptions<T, K extends string | number> {
  fetch: (cursor: string, signal: AbortSignal) => Promise<Page<T>>
  key: (item: T) => K
  /** Rows kept in memory; beyond it "load more" is refused. */
  cap?: number
  /** Arrivals kept behind the "N new" bar; beyond it only the count grows. */
  pendingCap?: number
}

const CAP = 2_000
const PENDING_CAP = 200

/**
 * Joins keyset pages with live arrivals: rows change in place, new ones wait
 * behind a bar until they are asked for, and an answer to an older question
 * (a query that was changed meanwhile) is dropped.
 */
export function usePaginator<T, K extends string | number>(options: PaginatorOptions<T, K>) {
  const items = shallowRef<T[]>([])
  const pending = shallowRef<T[]>([])
  const pendingCount = shallowRef(0)
  const next = shallowRef('')
  const status = shallowRef<'idle' | 'loading' | 'more' | 'ready' | 'error'>('idle')
  const error = shallowRef<unknown>(null)
  let generation = 0
  let abort: AbortController | undefined

  async function load(cursor: string, merge: (page: Page<T>) => void) {
    abort?.abort()
    abort = new AbortController()
    const mine = ++generation
    status.value = cursor ? 'more' : 'loading'
    error.value = null
    try {
      const page = await options.fetch(cursor, abort.signal)
      if (mine !== generation) return
      merge(page)
      next.value = page.next
      status.value = 'ready'
    } catch (e) {
      if (mine !== generation) return
      // Rows of an older question must not pass for the answer to this one.
      if (!cursor) items.value = []
      error.value = e
      status.value = 'error'
    }
  }

  function reload() {
    return load('', (page) => {
      items.value = page.items
      pending.value = []
      pendingCount.value = 0
    })
  }

  function more() {
    if (!hasMore.value || status.value === 'more' || status.value === 'loading') return Promise.resolve()
    return load(next.value, (page) => {
      const known = new Set(items.value.map(options.key))
      items.value = [...items.value, ...page.items.filter((item) => !known.has(options.key(item)))]
    })
  }

  /** Changes rows that are shown or pending; others are left alone. Returns whether the row was known. */
  function patch(key: K, change: (item: T) => T): boolean {
    return patchIn(items, key, change) || patchIn(pending, key, change)
  }

  function patchIn(list: typeof items, key: K, change: (item: T) => T): boolean {
    const at = list.value.findIndex((item) => options.key(item) === key)
    if (at < 0) return false
    const copy = list.value.slice()
    copy[at] = change(copy[at] as T)
    list.value = copy
    return true
  }

  /** Takes live arrivals: known rows are replaced, unknown ones wait behind the bar. */
  function arrive(arrivals: T[]) {
    const fresh = new Map<K, T>()
    for (const item of arrivals) {
      const key = options.key(item)
      if (!patch(key, () => item)) fresh.set(key, item)
    }
    if (fresh.size === 0) return
    if (items.value.length === 0 && status.value === 'ready') {
      items.value = [...fresh.values()].reverse()
      return
    }
    pending.value = [...[...fresh.values()].reverse(), ...pending.value].slice(0, options.pendingCap ?? PENDING_CAP)
    pendingCount.value += fresh.size
  }

  /** Puts what waits behind the bar on top of the list. */
  function showPending() {
    items.value = [...pending.value, ...items.value]
    pending.value = []
    pendingCount.value = 0
  }

  function remove(keys: Iterable<K>) {
    const gone = new Set(keys)
    items.value = items.value.filter((item) => !gone.has(options.key(item)))
  }

  /** Puts rows back where they were, for undo. */
  function restore(snapshot: T[]) {
    items.value = snapshot
  }

  const hasMore = computed(() => next.value !== '' && items.value.length < (options.cap ?? CAP))
  const isLoading = computed(() => status.value === 'loading' || status.value === 'idle')
  const errorMessage = computed(() => (error.value === null ? '' : messageOf(error.value)))

  return { items, pending, pendingCount, status, error, errorMessage, hasMore, isLoading, reload, more, patch, arrive, showPending, remove, restore }
}
