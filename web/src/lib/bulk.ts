import * as api from '@/api'
import type { Issue } from '@/api/types'
import { plural } from './format'
import { ownMark, takeBack, type Change } from './issueActions'
import { relativeSeconds } from './time'
import { toast } from './toast'
import { doneText } from './triage'
import { toastUndo } from './undo'

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

/** How many issues one merge joins. */
export const MAX_MERGE = 101

export interface BulkTarget {
  projectId: number
  /** Either of the two. */
  ids?: number[]
  query?: string
}

/** Changes many issues, and offers to take it back. after shows what became of them; it must not throw. */
export async function changeMany({ projectId, ...selection }: BulkTarget, change: Change, after: () => unknown): Promise<void> {
  const done = await api.issues.bulk(projectId, { ...selection, ...change.patch })
  const undo = async () => {
    await takeBack(projectId, done)
    after()
  }
  const text = `${doneText(done.updated.length, change)}${done.more ? '; more match the search' : ''}`
  // A mark of an issue that is not loaded may have been there before.
  if (done.updated.length > 0 && !ownMark(change.patch)) toastUndo(text, () => void undo())
  else toast(text)
  after()
}

/** Deletes every issue of a search. It cannot be taken back. */
export async function deleteMany({ projectId, ...selection }: BulkTarget, discard: boolean): Promise<void> {
  const done = await api.issues.bulkDelete(projectId, { ...selection, discard })
  toast(`${plural(done.updated.length, 'issue')} deleted${done.more ? '; more match the search' : ''}`)
}

/** Reads the issues of a search that is known to find at most limit. */
export async function readAll(projectId: number, query: string, limit: number): Promise<Issue[]> {
  const found: Issue[] = []
  for (let cursor = ''; found.length < limit; ) {
    const page = await api.issues.list(projectId, { query, cursor, limit: 100 })
    found.push(...page.items)
    cursor = page.next
    if (cursor === '') break
  }
  return found
}
