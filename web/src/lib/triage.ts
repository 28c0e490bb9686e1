import type { Assignee, Issue, IssuePatch } from '@/api/types'
import { plural } from './format'

/** What a choice of the archive and resolve menus asks for before it can be sent. */
export type TriageKind = 'time' | 'events' | 'users' | 'release'

/** The change that an answer stands for, or the sentence that says what is wrong with it. */
export function triagePatch(kind: TriageKind, answer: string | number, now: number): IssuePatch | string {
  const text = String(answer).trim()
  if (kind === 'release') return text ? { status: 'resolved', resolved_in: text } : 'Name the release, as the SDK sends it.'
  if (kind === 'time') {
    const at = Date.parse(text)
    if (Number.isNaN(at)) return 'Give a day and a time.'
    return at > now ? { status: 'archived', archived_until: { time: new Date(at).toISOString() } } : 'Give a time that has not passed.'
  }
  const n = Number(text)
  if (!Number.isSafeInteger(n) || n < 1) return 'Give a whole number, 1 or more.'
  return { status: 'archived', archived_until: kind === 'events' ? { events: n } : { users: n } }
}

/** Unix milliseconds as a datetime-local field wants them: local time, to the minute. */
export function localInput(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000
  return new Date(ms - offset).toISOString().slice(0, 16)
}

export const HOUR_MS = 3_600_000

export const RESOLVE_NOW: IssuePatch = { status: 'resolved' }
export const RESOLVE_NEXT: IssuePatch = { status: 'resolved', resolved_in: 'next' }
export const ARCHIVE: IssuePatch = { status: 'archived' }
export const ARCHIVE_ESCALATING: IssuePatch = { status: 'archived', archived_until: { escalating: true } }
export const REOPEN: IssuePatch = { status: 'unresolved' }

export function archiveFor(hours: number, now: number): IssuePatch {
  return { status: 'archived', archived_until: { time: new Date(now + hours * HOUR_MS).toISOString() } }
}

/** The patch and the look of an assignment. */
export function assignment(to: Assignee | null): { patch: IssuePatch; shown: Partial<Issue> } {
  return { patch: { assignee: to && { type: to.type, id: to.id } }, shown: { assignee: to } }
}

/** What a change does to issues, as a past participle: "resolved in shop@2". */
export function outcome({ patch, shown }: { patch: IssuePatch; shown?: Partial<Issue> }): string {
  if (patch.status === 'resolved') return resolved(patch.resolved_in)
  if (patch.status === 'archived') return archived(patch.archived_until)
  if (patch.status === 'unresolved') return 'reopened'
  if (patch.priority) return `set to ${patch.priority} priority`
  if (patch.is_bookmarked !== undefined) return patch.is_bookmarked ? 'bookmarked' : 'no longer bookmarked'
  if (patch.is_subscribed !== undefined) return patch.is_subscribed ? 'followed' : 'no longer followed'
  if (patch.assignee === null) return 'assigned to nobody'
  return shown?.assignee?.name ? `assigned to ${shown.assignee.name}` : 'assigned'
}

function resolved(release: string | undefined): string {
  if (!release) return 'resolved'
  return release === 'next' ? 'resolved in the next release' : `resolved in ${release}`
}

const untilFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })

function archived(until: IssuePatch['archived_until']): string {
  if (until?.time) return `archived until ${untilFormat.format(Date.parse(until.time))}`
  if (until?.events) return `archived until ${plural(until.events, 'more event', 'more events')}`
  if (until?.users) return `archived until ${plural(until.users, 'more user', 'more users')}`
  return until?.escalating ? 'archived until it escalates' : 'archived'
}

/** "Issue resolved", "12 issues archived". */
export function doneText(n: number, change: { patch: IssuePatch; shown?: Partial<Issue> }): string {
  return `${n === 1 ? 'Issue' : plural(n, 'issue')} ${outcome(change)}`
}
