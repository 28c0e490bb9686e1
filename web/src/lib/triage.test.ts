import { expect, test } from 'vitest'
import type { IssuePatch } from '@/api/types'
import { ARCHIVE, ARCHIVE_ESCALATING, assignment, doneText, localInput, REOPEN, RESOLVE_NEXT, triagePatch, type TriageKind } from './triage'

const now = Date.parse('2026-11-23T12:00:00Z')

test.each<[TriageKind, string | number, unknown]>([
  ['release', ' app@2.1 ', { status: 'resolved', resolved_in: 'app@2.1' }],
  ['events', 100, { status: 'archived', archived_until: { events: 100 } }],
  ['users', '10', { status: 'archived', archived_until: { users: 10 } }],
  ['time', '2026-11-24T12:00:00Z', { status: 'archived', archived_until: { time: '2026-11-24T12:00:00.000Z' } }],
])('%s %s', (kind, answer, want) => expect(triagePatch(kind, answer, now)).toEqual(want))

test.each<[TriageKind, string | number]>([
  ['release', ' '],
  ['events', '0'],
  ['events', '1.5'],
  ['users', ''],
  ['time', ''],
  ['time', '2026-11-22T12:00:00Z'],
])('%s refuses "%s"', (kind, answer) => expect(typeof triagePatch(kind, answer, now)).toBe('string'))

test('a field keeps the moment to the minute', () => expect(Date.parse(localInput(now))).toBe(now))

test.each<[number, { patch: IssuePatch }, string]>([
  [1, { patch: RESOLVE_NEXT }, 'Issue resolved in the next release'],
  [2, { patch: { status: 'resolved', resolved_in: 'app@2' } }, '2 issues resolved in app@2'],
  [1, { patch: ARCHIVE }, 'Issue archived'],
  [3, { patch: ARCHIVE_ESCALATING }, '3 issues archived until it escalates'],
  [1, { patch: { status: 'archived', archived_until: { events: 1 } } }, 'Issue archived until 1 more event'],
  [1, { patch: REOPEN }, 'Issue reopened'],
  [1, assignment({ type: 'team', id: 1, name: 'Payments' }), 'Issue assigned to Payments'],
  [1, assignment(null), 'Issue assigned to nobody'],
  [4, { patch: { priority: 'high' } }, '4 issues set to high priority'],
  [1, { patch: { is_bookmarked: false } }, 'Issue no longer bookmarked'],
  [2, { patch: { is_subscribed: true } }, '2 issues followed'],
])('%s: %j', (n, change, want) => expect(doneText(n, change)).toBe(want))
