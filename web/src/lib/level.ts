import type { Level } from '@/api/types'

const TONES = { fatal: 'fatal', error: 'danger', warning: 'warn', info: 'info', debug: 'neutral', trace: 'neutral' } as const

export function levelTone(level: string): 'fatal' | 'danger' | 'warn' | 'info' | 'neutral' {
  return TONES[level as Level] ?? 'neutral'
}

/** The colour of a level in charts and as the mark beside a row. */
export function levelColor(level: string): string {
  return `var(--chart-${level in TONES ? level : 'debug'})`
}
