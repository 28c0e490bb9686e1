import { useShortcuts } from './shortcuts'
import { ARCHIVE, ARCHIVE_ESCALATING, REOPEN, RESOLVE_NEXT, RESOLVE_NOW, type TriageKind } from './triage'
import type { IssuePatch } from '@/api/types'

/** What the triage keys act on: the issue of a page, or the rows of a list. */
export interface TriageKeys {
  group: string
  /** Whether the role allows changes at all; the list of shortcuts leaves the keys out otherwise. */
  allowed: () => boolean
  /** Whether there is something to act on now. */
  ready: () => boolean
  change: (patch: IssuePatch) => void
  ask: (kind: TriageKind) => void
  bookmark: () => void
  assign: () => void
  assignToMe: () => void
  prioritise: () => void
  merge: () => void
  remove: (discard: boolean) => void
}

/** The keys of triage, the same wherever issues are. */
export function useTriageKeys(on: TriageKeys): void {
  const rows: [keys: string, label: string, run: () => void][] = [
    ['e', 'Resolve', () => on.change(RESOLVE_NOW)],
    ['r', 'Resolve in the next release', () => on.change(RESOLVE_NEXT)],
    ['R', 'Resolve in a release', () => on.ask('release')],
    ['a', 'Archive', () => on.change(ARCHIVE)],
    ['i', 'Archive until it escalates', () => on.change(ARCHIVE_ESCALATING)],
    ['t', 'Archive until a time', () => on.ask('time')],
    ['v', 'Archive until more events', () => on.ask('events')],
    ['w', 'Archive until more users', () => on.ask('users')],
    ['u', 'Reopen', () => on.change(REOPEN)],
    ['m', 'Assign', on.assign],
    ['M', 'Assign to me', on.assignToMe],
    ['P', 'Set priority', on.prioritise],
    ['b', 'Bookmark', on.bookmark],
    ['J', 'Merge', on.merge],
    ['#', 'Delete', () => on.remove(false)],
    ['D', 'Delete and discard future events', () => on.remove(true)],
  ]
  const when = () => on.allowed() && on.ready()
  useShortcuts(rows.map(([keys, label, run]) => ({ keys, label, run, group: on.group, when, offered: on.allowed })))
}
