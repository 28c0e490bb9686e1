import { computed, shallowRef, watch, type Ref } from 'vue'
import * as api from '@/api'
import { isRefused, messageOf } from '@/api/http'
import type { LogEntry } from '@/api/types'
import { useLive, type Fact } from './live'

// A line costs about 1 KB of memory: this keeps a day-long tail under some megabytes.
const CAP = 5_000
const PAUSED_CAP = 2_000

export interface LogFilter {
  query: string
  start: string
  end: string
}

/**
 * Log entries, newest first: pages of the past, and the live tail in front of
 * them. While paused, arrivals wait in a bounded buffer; what does not fit is
 * counted, never silently lost.
 */
export function useLogTail(projectId: Ref<number>, filter: Ref<LogFilter>) {
  const entries = shallowRef<LogEntry[]>([])
  const waiting = shallowRef<LogEntry[]>([])
  const paused = shallowRef(false)
  const skipped = shallowRef(0)
  const next = shallowRef('')
  const status = shallowRef<'loading' | 'more' | 'ready' | 'error'>('loading')
  const error = shallowRef<unknown>(null)
  const trimmed = shallowRef(false)
  let generation = 0

  const live = useLive({
    projectId,
    query: computed(() => filter.value.query),
    kinds: ['log.stored'],
    enabled: computed(() => filter.value.end === '' && !isRefused(error.value)),
    onFacts: (facts) => take((facts as Fact<LogEntry>[]).map((f) => f.data)),
  })

  function take(arrived: LogEntry[]) {
    const fresh = arrived.filter((e) => e?.id && !entries.value.some((x, i) => i < 100 && x.id === e.id)).reverse()
    if (!paused.value) {
      prepend(fresh)
      return
    }
    const all = [...fresh, ...waiting.value]
    skipped.value += Math.max(0, all.length - PAUSED_CAP)
    waiting.value = all.slice(0, PAUSED_CAP)
  }

  function prepend(fresh: LogEntry[]) {
    const all = [...fresh, ...entries.value]
    if (all.length > CAP) trimmed.value = true
    entries.value = all.slice(0, CAP)
  }

  function resume() {
    prepend(waiting.value)
    waiting.value = []
    paused.value = false
  }

  async function load(cursor: string) {
    const mine = ++generation
    status.value = cursor ? 'more' : 'loading'
    error.value = null
    try {
      const page = await api.logs.list(projectId.value, { ...filter.value, cursor, limit: 100 })
      if (mine !== generation) return
      const known = new Set(entries.value.map((e) => e.id))
      entries.value = cursor ? [...entries.value, ...page.items.filter((e) => !known.has(e.id))] : page.items
      next.value = page.next
      status.value = 'ready'
    } catch (e) {
      if (mine !== generation) return
      if (!cursor) entries.value = []
      error.value = e
      status.value = 'error'
    }
  }

  function reload() {
    waiting.value = []
    skipped.value = 0
    trimmed.value = false
    return load('')
  }

  // Rows that were trimmed away would leave a hole before the next page.
  const hasMore = computed(() => next.value !== '' && !trimmed.value && entries.value.length < CAP)
  const more = () => (hasMore.value && status.value === 'ready' ? load(next.value) : Promise.resolve())
  const dropped = computed(() => live.dropped.value + skipped.value)
  const errorMessage = computed(() => (error.value === null ? '' : messageOf(error.value)))

  watch([projectId, filter], () => void reload(), { immediate: true })
  return { entries, waiting, paused, dropped, status, error, errorMessage, hasMore, trimmed, more, reload, pause: () => (paused.value = true), resume, live: live.status }
}
