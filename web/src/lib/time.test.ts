import { describe, expect, it } from 'vitest'
import { ago, intervalFor, rangeLabel, relativeSeconds, toMillis } from './time'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

describe('ago', () => {
  it.each([
    [before(0), 'now'],
    [before(9), 'now'],
    [before(59), '59s'],
    [before(60), '1m'],
    [before(3599), '59m'],
    [before(86399), '23h'],
    [before(86400 * 59), '59d'],
    [before(86400 * 90), '3mo'],
    [before(86400 * 800), '2y'],
    [before(-3600 * 5), 'in 5h'],
    ['2026-11-23T11:58:59.123456Z', '1m'],
    [null, '–'],
    ['', '–'],
    ['nonsense', '–'],
  ])('says of %s: %s', (time, want) => {
    expect(ago(time, NOW)).toBe(want)
  })

  it('reads the Unix seconds of payloads', () => {
    expect(ago(NOW / 1000 - 120, NOW)).toBe('2m')
    expect(toMillis(1.5)).toBe(1500)
  })
})

describe('ranges', () => {
  it.each([
    ['-1h', '', 'minute'],
    ['-24h', '', 'hour'],
    ['-7d', '', 'hour'],
    ['-30d', '', 'day'],
    ['2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z', 'minute'],
    ['2026-11-01T00:00:00Z', '', 'day'],
  ] as const)('buckets %s to %s by %s', (start, end, want) => {
    expect(intervalFor(start, end, NOW)).toBe(want)
  })

  it('names the ranges of the menu and dates', () => {
    expect(rangeLabel('-24h', '')).toBe('Last 24 hours')
    expect(rangeLabel('2026-11-20T00:00:00Z', '')).toMatch(/^Since /)
    expect(rangeLabel('', '')).toBe('Any time')
    expect(relativeSeconds('-2w')).toBe(14 * 86400)
    expect(relativeSeconds('2026')).toBeNull()
  })
})
