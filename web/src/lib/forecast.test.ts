import { describe, expect, it } from 'vitest'
import { forecastLines } from './forecast'

const none = { days: 0, events: 0, logs: 0, bytes: 0 }
const held = { days: 40, events: 5000, logs: 10, bytes: 9_000_000 }

describe('forecastLines', () => {
  it('says nothing where nothing goes', () => {
    expect(forecastLines({ retention_days: 90, held, expired: none, thinned: none })).toEqual([])
  })
  it('names days that are over and what the budget pushes out', () => {
    const lines = forecastLines({
      retention_days: 1,
      held,
      expired: { days: 39, events: 4000, logs: 1, bytes: 8_000_000 },
      thinned: { days: 0, events: 500, logs: 0, bytes: 500_000 },
    })
    expect(lines).toEqual([
      'Keeping 1 day removes 39 days now: 4,000 events and 1 log entry, 8.0 MB.',
      'The byte budget removes about 500 events, 500 KB, of frequent issues first.',
    ])
  })
})
