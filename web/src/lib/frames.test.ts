import { describe, expect, it } from 'vitest'
import type { Frame } from '@/api/types'
import { frameRows, mainThread, newestFirst, rawTrace, sourceLines } from './frames'

const app = (fn: string, context = true): Frame => ({ function: fn, filename: 'app.py', lineno: 10, in_app: true, ...(context ? { context_line: 'x = 1' } : {}) })
const lib = (fn: string): Frame => ({ function: fn, filename: 'lib.py', lineno: 1, in_app: false })
const shape = (frames: Frame[], omitted?: [number, number]) =>
  frameRows({ frames, frames_omitted: omitted }).map((r) => (r.kind === 'frame' ? `${r.frame.function}${r.repeats > 1 ? `×${r.repeats}` : ''}${r.open ? '*' : ''}` : r.kind === 'system' ? `[${r.frames.length}]` : `…${r.count}`))

describe('frameRows', () => {
  it('shows the newest frame first and collapses runs of system frames', () => {
    expect(shape([lib('serve'), lib('dispatch'), app('view'), app('charge'), lib('post'), lib('send')])).toEqual(['[2]', 'charge*', 'view*', '[2]'])
  })

  it('leaves a single system frame in sight', () => {
    expect(shape([lib('serve'), app('view')])).toEqual(['view*', 'serve'])
  })

  it('collapses nothing when no frame is of the application', () => {
    expect(shape([lib('a'), lib('b'), lib('c')])).toEqual(['c', 'b', 'a'])
  })

  it('opens only frames with source, and only the first few', () => {
    expect(shape([app('a'), app('b'), app('c'), app('d'), app('e')])).toEqual(['e*', 'd*', 'c*', 'b*', 'a'])
    expect(shape([app('a', false)])).toEqual(['a'])
  })

  it('folds recursion', () => {
    expect(shape([app('main'), app('fib'), app('fib'), app('fib')])).toEqual(['fib×3*', 'main*'])
  })

  it('marks frames that were left out', () => {
    expect(shape([app('a'), app('b'), app('c')], [1, 40])).toEqual(['c*', 'b*', '…39', 'a*'])
    expect(shape([lib('a'), lib('b'), app('c'), app('d')], [3, 5])).toEqual(['d*', '…2', 'c*', '[2]'])
  })

  it('takes no trace for an empty one', () => {
    expect(frameRows(undefined)).toEqual([])
  })
})

describe('source', () => {
  it('numbers the lines around the current one', () => {
    const lines = sourceLines({ lineno: 10, pre_context: ['a', 'b'], context_line: 'c', post_context: ['d'] })
    expect(lines.map((l) => [l.number, l.text, l.current])).toEqual([[8, 'a', false], [9, 'b', false], [10, 'c', true], [11, 'd', false]])
  })

  it('does without line numbers and without context', () => {
    expect(sourceLines({ context_line: 'c' })[0]?.number).toBeNull()
    expect(sourceLines({ pre_context: ['a'] })).toEqual([])
  })
})

describe('exceptions and threads', () => {
  it('turns the chain round without changing the payload', () => {
    const chain = [{ type: 'Cause' }, { type: 'Raised' }]
    expect(newestFirst(chain).map((e) => e.type)).toEqual(['Raised', 'Cause'])
    expect(chain[0]?.type).toBe('Cause')
  })

  it('opens the crashed thread, else the current one with a trace', () => {
    expect(mainThread([{ id: 1 }, { id: 2, crashed: true }])).toBe(1)
    expect(mainThread([{ id: 1 }, { id: 2, current: true, stacktrace: { frames: [] } }])).toBe(1)
    expect(mainThread([{ id: 1 }])).toBe(0)
  })

  it('writes traces as the platform does', () => {
    const exception = [{ type: 'KeyError', value: "'id'", stacktrace: { frames: [app('main'), app('read')] } }]
    expect(rawTrace({ platform: 'python', exception })).toBe('Traceback (most recent call last):\n  File "app.py", line 10, in main\n    x = 1\n  File "app.py", line 10, in read\n    x = 1\nKeyError: \'id\'')
    expect(rawTrace({ platform: 'node', exception })).toBe("KeyError: 'id'\n    at read (app.py:10)\n    at main (app.py:10)")
  })
})
