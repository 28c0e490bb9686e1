import { expect, test } from 'vitest'
import { localInput, triagePatch, type TriageKind } from './triage'

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
