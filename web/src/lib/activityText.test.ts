import { expect, test } from 'vitest'
import { activityText } from './activityText'

const nameOf = (type: string, id: number) => (type === 'user' && id === 2 ? 'Ann Lee' : type === 'team' ? 'Payments' : '')

test.each<[string, Record<string, unknown> | null, string]>([
  ['resolved', { substatus: '' }, 'resolved this issue'],
  ['resolved', { resolved_in: 'app@1', next_release: true }, 'resolved this issue in the release after app@1'],
  ['resolved', { resolved_in: 'app@2', next_release: false }, 'resolved this issue in app@2'],
  ['archived', { substatus: 'archived_forever' }, 'archived this issue'],
  ['archived', { substatus: 'archived_until_escalating' }, 'archived this issue until it escalates'],
  ['archived', { until_events: 101, until_users: 0 }, 'archived this issue until it has 101 events'],
  ['assigned', { type: 'user', id: 2 }, 'assigned this issue to Ann Lee'],
  ['assigned', { type: 'user', id: 9 }, 'assigned this issue to a user that is gone'],
  ['assigned', { type: 'team', id: 1 }, 'assigned this issue to Payments'],
  ['assigned', { type: '', id: 0 }, 'assigned this issue to nobody'],
  ['priority', { before: 'medium', priority: 'high' }, 'changed the priority from medium to high'],
  ['merged', { ids: [4, 5] }, 'merged 2 issues into this one'],
  ['undone', { kind: 'resolved' }, 'took the resolution back'],
  ['something_new', null, 'Something new'],
])('%s %j', (kind, data, want) => expect(activityText({ kind, data }, nameOf)).toBe(want))
