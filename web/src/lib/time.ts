import { useIntervalFn, createSharedComposable } from '@vueuse/core'
import { shallowRef } from 'vue'

const MINUTE = 60
const HOUR = 3600
const DAY = 86400

/** The time now, shared by every relative time on the page and moved every ten seconds. */
export const useNow = createSharedComposable(() => {
  const now = shallowRef(Date.now())
  useIntervalFn(() => {
    now.value = Date.now()
  }, 10_000)
  return now
})

/** How long ago, as short as a table column wants it: "now", "42s", "5m", "3h", "12d", "7mo", "2y". */
export function ago(time: string | number | null | undefined, now: number): string {
  const at = toMillis(time)
  if (at === null) return '–'
  const seconds = Math.round((now - at) / 1000)
  const text = span(Math.abs(seconds))
  if (text === '') return 'now'
  return seconds < 0 ? `in ${text}` : text
}

function span(s: number): string {
  if (s < 10) return ''
  if (s < MINUTE) return `${s}s`
  if (s < HOUR) return `${Math.floor(s / MINUTE)}m`
  if (s < DAY) return `${Math.floor(s / HOUR)}h`
  if (s < 60 * DAY) return `${Math.floor(s / DAY)}d`
  if (s < 700 * DAY) return `${Math.floor(s / (30 * DAY))}mo`
  return `${Math.floor(s / (365 * DAY))}y`
}

/** Accepts RFC 3339 text and Unix seconds, the two forms that events hold. */
export function toMillis(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined || time === '') return null
  const ms = typeof time === 'number' ? time * 1000 : Date.parse(time)
  return Number.isNaN(ms) ? null : ms
}

const absoluteFormat = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})

/** The full local time, for titles and detail views. */
export function absolute(time: string | number | null | undefined): string {
  const ms = toMillis(time)
  return ms === null ? '' : absoluteFormat.format(ms)
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

/** Wall clock with milliseconds: breadcrumbs and logs. */
export function clock(time: string | number | null | undefined): string {
  const ms = toMillis(time)
  return ms === null ? '' : clockFormat.format(ms)
}

const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })

export function shortDay(ms: number): string {
  return dayFormat.format(ms)
}

export interface RangeOption {
  value: string
  label: string
}

/** The ranges that the time menu offers; values are what the API understands as start. */
export const RANGES: readonly RangeOption[] = [
  { value: '-1h', label: 'Last hour' },
  { value: '-24h', label: 'Last 24 hours' },
  { value: '-7d', label: 'Last 7 days' },
  { value: '-14d', label: 'Last 14 days' },
  { value: '-30d', label: 'Last 30 days' },
  { value: '-90d', label: 'Last 90 days' },
]

/** Length of a relative start such as "-24h" in seconds; null when it is not relative. */
export function relativeSeconds(start: string): number | null {
  const match = /^-(\d+)([mhdw])$/.exec(start)
  if (!match) return null
  const unit = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY }[match[2] as 'm' | 'h' | 'd' | 'w']
  return Number(match[1]) * unit
}

/** The bucket width that gives a chart between some 20 and some 200 bars. */
export function intervalFor(start: string, end: string, now = Date.now()): 'minute' | 'hour' | 'day' {
  const seconds = relativeSeconds(start) ?? ((toMillis(end) ?? now) - (toMillis(start) ?? now)) / 1000
  if (seconds <= 3 * HOUR) return 'minute'
  if (seconds <= 8 * DAY) return 'hour'
  return 'day'
}

/** Label of a range for buttons: one of the menu's, or the two dates. */
export function rangeLabel(start: string, end: string): string {
  const known = RANGES.find((r) => r.value === start && !end)
  if (known) return known.label
  const from = toMillis(start)
  const to = toMillis(end)
  if (from === null) return start || 'Any time'
  const format = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
  return to === null ? `Since ${format.format(from)}` : format.formatRange(from, to)
}

/** The zone of the person, for requests: days begin at their midnight. */
export const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone as charts name it: "CET", "UTC". */
export function zoneName(at = Date.now()): string {
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(at)
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? timezone
}

export const INTERVAL_MS = { minute: MINUTE * 1000, hour: HOUR * 1000, day: DAY * 1000 } as const
