const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const full = new Intl.NumberFormat('en')

/** 1,234 up to 9,999, then 12.3K. */
export function count(n: number | null | undefined): string {
  if (n === null || n === undefined) return '–'
  return Math.abs(n) < 10_000 ? full.format(n) : compact.format(n)
}

export function exact(n: number | null | undefined): string {
  return n === null || n === undefined ? '–' : full.format(n)
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes in powers of 1000, as disks are sold and as quotas are set. */
export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined) return '–'
  let value = n
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** Share of a total in percent, never 0 % or 100 % unless exact. */
export function percent(part: number, total: number): string {
  if (total <= 0) return '0%'
  const p = (part / total) * 100
  if (p > 0 && p < 1) return '<1%'
  if (p > 99 && p < 100) return '>99%'
  return `${Math.round(p)}%`
}

/** "resolved_in" → "Resolved in". */
export function humanize(word: string): string {
  const text = word.replaceAll(/[_-]+/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The two letters of an avatar. */
export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words[1]] : [name]
  return letters
    .map((w, _, all) => [...(w ?? '')].slice(0, all.length > 1 ? 1 : 2).join(''))
    .join('')
    .toUpperCase()
}
