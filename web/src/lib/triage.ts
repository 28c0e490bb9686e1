import type { IssuePatch } from '@/api/types'

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
