import { expect, it } from 'vitest'
import { ledgerRows, ledgerSeries } from './ledger'

const line = (start: string, category: string, outcome: string, reason: string, quantity: number) => ({ start, category, outcome, reason, quantity, bytes: quantity * 10 })
const lines = [
  line('2026-11-22T00:00:00Z', 'error', 'filtered', 'message', 2),
  line('2026-11-22T00:00:00Z', 'error', 'stored', '', 5),
  line('2026-11-23T00:00:00Z', 'error', 'stored', '', 7),
  line('2026-11-23T00:00:00Z', 'log', 'stored', '', 90),
]

it('sums lines over time in the order of the equation', () => {
  expect(ledgerRows(lines).map((r) => [r.category, r.outcome, r.quantity, r.bytes])).toEqual([
    ['error', 'stored', 12, 120],
    ['error', 'filtered', 2, 20],
    ['log', 'stored', 90, 900],
  ])
})

it('makes a series for each outcome, gaps filled with zeroes', () => {
  const { starts, series } = ledgerSeries(lines, 'error')
  expect(starts.length).toBe(2)
  expect(series.map((s) => [s.id, s.values])).toEqual([
    ['stored', [5, 7]],
    ['filtered', [2, 0]],
  ])
})
