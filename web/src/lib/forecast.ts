import type { RetentionForecast } from '@/api/types'
import { bytes, plural } from './format'

type Holding = RetentionForecast['held']

function contents(h: Holding): string {
  const logs = h.logs > 0 ? ` and ${plural(h.logs, 'log entry', 'log entries')}` : ''
  return `${plural(h.events, 'event')}${logs}, ${bytes(h.bytes)}`
}

/** A sentence for each reason why a retention would remove something now. */
export function forecastLines({ retention_days: days, expired, thinned }: RetentionForecast): string[] {
  const lines: string[] = []
  if (expired.days > 0) lines.push(`Keeping ${plural(days, 'day')} removes ${plural(expired.days, 'day')} now: ${contents(expired)}.`)
  if (thinned.bytes > 0) lines.push(`The byte budget removes about ${contents(thinned)}, of frequent issues first.`)
  return lines
}
