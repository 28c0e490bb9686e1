import * as api from '@/api'
import { messageOf } from '@/api/http'
import type { BulkResult, IssuePatch } from '@/api/types'
import { plural } from './format'
import { relativeSeconds } from './time'
import { toast, toastError } from './toast'

/**
 * The search that bulk actions get: they know no time range, so it joins as
 * terms. Null when the range cannot be said as such, and an action would reach
 * issues that the list does not show.
 */
export function scopedQuery(query: string, range: { start: string; end: string }, now: number): string | null {
  const from = moment(range.start, now)
  const until = moment(range.end, now)
  if (from === null || until === null) return null
  return [query, from && `last_seen:>=${from}`, until && `first_seen:<${until}`].filter(Boolean).join(' ')
}

function moment(time: string, now: number): string | null {
  if (time === '') return ''
  const seconds = relativeSeconds(time)
  const ms = seconds === null ? Date.parse(time) : now - seconds * 1000
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

export interface BulkTarget {
  projectId: number
  /** Either of the two. */
  ids?: number[]
  query?: string
}

/** Changes many issues, and offers to take it back. after shows what became of them; it must not throw. */
export async function changeMany({ projectId, ...selection }: BulkTarget, patch: IssuePatch, after: () => unknown): Promise<void> {
  let done: BulkResult
  try {
    done = await api.issues.bulk(projectId, { ...selection, ...patch })
  } catch (e) {
    toastError(messageOf(e))
    return
  }
  const undo = async () => {
    try {
      const { updated } = await api.issues.undo(projectId, { ids: done.updated, changed_at: done.changed_at })
      const left = done.updated.length - updated.length
      if (left > 0) toast(`${plural(left, 'issue')} stayed: there was nothing to take back, or somebody changed it meanwhile`)
    } catch (e) {
      toastError(messageOf(e))
    }
    after()
  }
  const text = `${plural(done.updated.length, 'issue')} changed${done.more ? '; more match the search' : ''}`
  toast(text, done.updated.length > 0 ? { action: { label: 'Undo', run: () => void undo() } } : {})
  after()
}
