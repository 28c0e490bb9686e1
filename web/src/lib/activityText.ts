import type { Activity } from '@/api/types'
import { humanize, plural } from './format'

/** Names what an activity knows by id. */
export type NameOf = (type: 'user' | 'team', id: number) => string

const SENTENCES: Record<string, string> = {
  first_seen: 'First event arrived',
  reopened: 'reopened this issue',
  regressed: 'Regressed: it happened again after it was resolved',
  escalated: 'Escalated: it happens far more often than usual',
  split: 'split fingerprints off',
  alert: 'An alert was sent',
}
const UNDONE: Record<string, string> = {
  resolved: 'took the resolution back',
  archived: 'took the archiving back',
  reopened: 'took the reopening back',
  assigned: 'took the assignment back',
  priority: 'took the change of priority back',
}

/** What somebody did, to follow the name; whole sentences for what Mesher saw itself. */
export function activityText({ kind, data }: Pick<Activity, 'kind' | 'data'>, nameOf: NameOf): string {
  const d = data ?? {}
  switch (kind) {
    case 'resolved':
      return resolved(d)
    case 'archived':
      return archived(d)
    case 'assigned':
      return d['type'] === 'user' || d['type'] === 'team' ? `assigned this issue to ${nameOf(d['type'], Number(d['id'])) || `a ${d['type']} that is gone`}` : 'assigned this issue to nobody'
    case 'priority':
      return `changed the priority from ${String(d['before'])} to ${String(d['priority'])}`
    case 'merged':
      return Array.isArray(d['ids']) ? `merged ${plural(d['ids'].length, 'issue')} into this one` : 'merged issues into this one'
    case 'undone':
      return UNDONE[String(d['kind'])] ?? 'took the last change back'
  }
  return SENTENCES[kind] ?? humanize(kind)
}

type Data = Record<string, unknown>

function resolved(d: Data): string {
  if (typeof d['quiet_days'] === 'number') return `Resolved after ${plural(d['quiet_days'], 'quiet day')}`
  if (!d['resolved_in']) return 'resolved this issue'
  return d['next_release'] ? `resolved this issue in the release after ${String(d['resolved_in'])}` : `resolved this issue in ${String(d['resolved_in'])}`
}

const untilFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })

function archived(d: Data): string {
  if (d['until']) return `archived this issue until ${untilFormat.format(Date.parse(String(d['until'])))}`
  if (d['until_events']) return `archived this issue until it has ${plural(Number(d['until_events']), 'event')}`
  if (d['until_users']) return `archived this issue until it has ${plural(Number(d['until_users']), 'user')}`
  return d['substatus'] === 'archived_until_escalating' ? 'archived this issue until it escalates' : 'archived this issue'
}
