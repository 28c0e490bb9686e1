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

it('makes a series for each outcome, with zeroes where nothing arrived', () => {
  const day = 86_400_000
  const { starts, series } = ledgerSeries(lines, 'error', { from: Date.parse('2026-11-20T12:00:00Z'), until: Date.parse('2026-11-24T12:00:00Z'), width: day })
  expect(starts.map((s) => new Date(s).toISOString().slice(0, 10))).toEqual(['2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24'])
  expect(series.map((s) => [s.id, s.values])).toEqual([
    ['stored', [0, 5, 7, 0]],
    ['filtered', [0, 2, 0, 0]],
  ])
  expect(ledgerSeries([], '', { from: 0, until: day, width: day }).starts).toEqual([])
})
