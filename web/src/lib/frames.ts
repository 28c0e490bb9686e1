import type { Exception, Frame, Payload, Stacktrace, Thread } from '@/api/types'

/** One row of a stack trace as it is shown, newest frame first. */
export type FrameRow =
  | { kind: 'frame'; key: string; frame: Frame; repeats: number; open: boolean; inApp: boolean }
  | { kind: 'system'; key: string; frames: FrameRow[] }
  | { kind: 'omitted'; key: string; count: number }

// Opening more than this makes the page a wall of code; the rest open by hand.
const OPEN_FRAMES = 4
// One or two frames of a library are quicker to read than to unfold.
const MIN_GROUP = 2

/**
 * Turns a stack trace (oldest frame first) into rows: newest first, runs of the
 * same frame folded, runs of system frames collapsed, frames of the application
 * with source lines open. Without any frame of the application nothing is
 * collapsed, because then the system frames are the story.
 */
export function frameRows(trace: Stacktrace | undefined, openFrames = OPEN_FRAMES): FrameRow[] {
  const frames = trace?.frames ?? []
  const anyInApp = frames.some((f) => f.in_app)
  let toOpen = openFrames
  const rows: FrameRow[] = foldRepeats(frames).map(({ frame, index, repeats }) => {
    const inApp = anyInApp ? frame.in_app === true : false
    const open = toOpen > 0 && hasContext(frame) && (inApp || !anyInApp)
    if (open) toOpen--
    return { kind: 'frame', key: `f${index}`, frame, repeats, open, inApp }
  })
  if (!anyInApp && rows.length > 0) for (const [i, row] of rows.entries()) if (row.kind === 'frame') row.open = i === 0 && hasContext(row.frame)
  const shown = anyInApp ? collapseSystem(rows) : rows
  return insertOmitted(shown, trace?.frames_omitted, frames.length)
}

export function hasContext(frame: Frame): boolean {
  return typeof frame.context_line === 'string' && frame.context_line !== ''
}

function foldRepeats(frames: Frame[]): { frame: Frame; index: number; repeats: number }[] {
  const folded: { frame: Frame; index: number; repeats: number }[] = []
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index] as Frame
    const last = folded.at(-1)
    if (last && sameFrame(last.frame, frame)) last.repeats++
    else folded.push({ frame, index, repeats: 1 })
  }
  return folded
}

function sameFrame(a: Frame, b: Frame): boolean {
  return a.function === b.function && a.filename === b.filename && a.lineno === b.lineno && a.module === b.module && a.instruction_addr === b.instruction_addr && a.colno === b.colno
}

function collapseSystem(rows: FrameRow[]): FrameRow[] {
  const out: FrameRow[] = []
  let run: FrameRow[] = []
  const flush = () => {
    if (run.length >= MIN_GROUP) out.push({ kind: 'system', key: `g${run[0]?.key}`, frames: run })
    else out.push(...run)
    run = []
  }
  for (const row of rows) {
    if (row.kind === 'frame' && !row.inApp) run.push(row)
    else {
      flush()
      out.push(row)
    }
  }
  flush()
  return out
}

function insertOmitted(rows: FrameRow[], omitted: Stacktrace['frames_omitted'], total: number): FrameRow[] {
  if (!omitted) return rows
  const [from, to] = omitted
  const at = rows.findIndex((row) => indexOf(row) < from)
  const row: FrameRow = { kind: 'omitted', key: 'omitted', count: to - from }
  const place = at < 0 || from >= total ? rows.length : at
  return [...rows.slice(0, place), row, ...rows.slice(place)]
}

function indexOf(row: FrameRow): number {
  if (row.kind === 'system') return indexOf(row.frames[0] as FrameRow)
  return row.kind === 'frame' ? Number(row.key.slice(1)) : -1
}

/** Where a frame is: its file or module, as short as it is still telling. */
export function frameFile(frame: Frame): string {
  return frame.filename || frame.abs_path || frame.module || frame.package || frame.instruction_addr || ''
}

export function frameFunction(frame: Frame): string {
  return frame.function || frame.raw_function || '<anonymous>'
}

export interface SourceLine {
  number: number | null
  text: string
  current: boolean
}

/** The lines around a frame with their numbers. */
export function sourceLines(frame: Frame): SourceLine[] {
  if (!hasContext(frame)) return []
  const pre = frame.pre_context ?? []
  const first = frame.lineno ? frame.lineno - pre.length : null
  const texts = [...pre, frame.context_line as string, ...(frame.post_context ?? [])]
  return texts.map((text, i) => ({ number: first === null ? null : first + i, text, current: i === pre.length }))
}

/** Exceptions as people read them: the one that was raised first, then its causes. */
export function newestFirst(exceptions: Exception[] | undefined): Exception[] {
  return [...(exceptions ?? [])].reverse()
}

/** The thread that a page opens first. */
export function mainThread(threads: Thread[]): number {
  const crashed = threads.findIndex((t) => t.crashed)
  if (crashed >= 0) return crashed
  return Math.max(0, threads.findIndex((t) => t.current && t.stacktrace))
}

/** The whole trace as plain text in the order of the platform, for pasting elsewhere. */
export function rawTrace(payload: Payload): string {
  const python = payload.platform === 'python'
  const blocks = newestFirst(payload.exception).map((e) => (python ? rawPython(e) : rawGeneric(e)))
  if (blocks.length === 0 && payload.stacktrace) blocks.push(rawGeneric({ stacktrace: payload.stacktrace }))
  return (python ? blocks.reverse().join('\n\nDuring handling of the above exception, another exception occurred:\n\n') : blocks.join('\nCaused by: ')).trim()
}

function heading(e: Exception): string {
  const name = [e.module, e.type].filter(Boolean).join('.')
  return [name, e.value].filter(Boolean).join(': ')
}

function rawGeneric(e: Exception): string {
  const frames = [...(e.stacktrace?.frames ?? [])].reverse()
  const lines = frames.map((f) => {
    const place = [f.abs_path || frameFile(f), f.lineno, f.colno].filter((p) => p !== undefined && p !== '').join(':')
    const name = f.raw_function || frameFunction(f)
    return `    at ${f.module && f.platform !== 'javascript' ? `${f.module}.` : ''}${name} (${place})`
  })
  return [heading(e), ...lines].join('\n')
}

function rawPython(e: Exception): string {
  const lines = (e.stacktrace?.frames ?? []).map((f) => {
    const head = `  File "${f.abs_path || frameFile(f)}", line ${f.lineno ?? '?'}, in ${frameFunction(f)}`
    return f.context_line ? `${head}\n    ${f.context_line.trim()}` : head
  })
  return ['Traceback (most recent call last):', ...lines, heading(e)].join('\n')
}
