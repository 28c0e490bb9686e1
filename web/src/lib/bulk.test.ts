import { expect, test } from 'vitest'
import { scopedQuery } from './bulk'

const now = Date.parse('2026-11-23T12:00:00Z')

test.each([
  ['is:unresolved timeout', '', '', 'is:unresolved timeout'],
  ['level:error', '-24h', '', 'level:error last_seen:>=2026-11-22T12:00:00.000Z'],
  ['', '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', 'last_seen:>=2026-11-01T00:00:00.000Z first_seen:<2026-11-02T00:00:00.000Z'],
])('%s from %s to %s', (query, start, end, want) => expect(scopedQuery(query, { start, end }, now)).toBe(want))

test('a range that is not understood gives no query', () => expect(scopedQuery('', { start: 'soon', end: '' }, now)).toBeNull())
