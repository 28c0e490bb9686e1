import type { LedgerLine } from '@/api/types'

/** Outcomes in the order of the ledger's equation, with their colours. */
export const OUTCOMES: readonly { id: string; label: string; color: string; hint: string }[] = [
  { id: 'stored', label: 'Stored', color: 'var(--chart-accent)', hint: 'kept and shown' },
  { id: 'filtered', label: 'Filtered', color: 'var(--chart-info)', hint: 'dropped by a filter of the project' },
  { id: 'sampled', label: 'Sampled', color: 'var(--chart-debug)', hint: 'dropped by the sample rate' },
  { id: 'rate_limited', label: 'Rate limited', color: 'var(--chart-warning)', hint: 'refused by a limit or quota' },
  { id: 'discarded', label: 'Discarded', color: 'var(--chart-fatal)', hint: 'of an issue whose events are discarded' },
  { id: 'failed', label: 'Failed', color: 'var(--chart-error)', hint: 'could not be read' },
  { id: 'client_lost', label: 'Lost by clients', color: 'var(--line-strong)', hint: 'dropped in the application, as its SDK reports' },
]

export function outcomeLabel(id: string): string {
  return OUTCOMES.find((o) => o.id === id)?.label ?? id
}

export interface LedgerRow {
  category: string
  outcome: string
  reason: string
  quantity: number
  bytes: number
}

/** The ledger summed over its time buckets, largest first within each category and outcome. */
export function ledgerRows(lines: readonly LedgerLine[]): LedgerRow[] {
  const rows = new Map<string, LedgerRow>()
  for (const { category, outcome, reason, quantity, bytes } of lines) {
    const key = `${category}\0${outcome}\0${reason}`
    const row = rows.get(key) ?? { category, outcome, reason, quantity: 0, bytes: 0 }
    row.quantity += quantity
    row.bytes += bytes
    rows.set(key, row)
  }
  const rank = (r: LedgerRow) => OUTCOMES.findIndex((o) => o.id === r.outcome)
  return [...rows.values()].sort((a, b) => a.category.localeCompare(b.category) || rank(a) - rank(b) || b.quantity - a.quantity)
}

/** The buckets of a chart, Unix ms. */
export interface Buckets {
  from: number
  until: number
  width: number
}

/** Every bucket between from and until on the grid that the given ones lie on: the ledger has no line where nothing arrived. */
function grid(known: number[], { from, until, width }: Buckets): number[] {
  const anchor = known[0]
  if (anchor === undefined) return []
  const starts = new Set(known)
  const first = anchor - Math.floor((anchor - from) / width) * width
  for (let at = first; at < until; at += width) starts.add(at)
  return [...starts].sort((a, b) => a - b)
}

/** One series for each outcome over all buckets of the chart. */
export function ledgerSeries(lines: readonly LedgerLine[], category: string, buckets: Buckets) {
  const wanted = lines.filter((l) => category === '' || l.category === category)
  const starts = grid([...new Set(wanted.map((l) => Date.parse(l.start)))], buckets)
  const index = new Map(starts.map((s, i) => [s, i]))
  const series = OUTCOMES.map((o) => ({ name: o.label, color: o.color, values: new Array<number>(starts.length).fill(0), id: o.id }))
  for (const l of wanted) {
    const values = series.find((s) => s.id === l.outcome)?.values
    const at = index.get(Date.parse(l.start))
    if (values && at !== undefined) values[at] = (values[at] ?? 0) + l.quantity
  }
  return { starts, series: series.filter((s) => s.values.some((v) => v > 0)) }
}
