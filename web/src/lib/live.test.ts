import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveStream, streamUrl, type Fact, type SocketLike, type StreamOptions } from './live'

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((message: { data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  close() {
    this.closed = true
  }
  send(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

const fact = (id: string, cursor = ''): Fact => ({ id, kind: 'event.stored', cursor, data: null })

function setup(extra: Partial<StreamOptions> = {}) {
  const sockets: FakeSocket[] = []
  const urls: string[] = []
  const batches: string[][] = []
  const statuses: string[] = []
  let dropped = 0
  const stream = new LiveStream({
    url: (after) => `ws://host/stream?after=${after}`,
    connect: (url) => {
      urls.push(url)
      sockets.push(new FakeSocket())
      return sockets.at(-1) as FakeSocket
    },
    onFacts: (facts) => batches.push(facts.map((f) => f.id)),
    onStatus: (s) => statuses.push(s),
    onDropped: (n) => (dropped += n),
    random: () => 1,
    ...extra,
  })
  stream.start()
  return { stream, sockets, urls, batches, statuses, dropped: () => dropped, last: () => sockets.at(-1) as FakeSocket }
}

describe('LiveStream', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hands facts over in one batch, within 250 ms', () => {
    const t = setup()
    t.last().send({ facts: [fact('a')], cursor: '1' })
    t.last().send({ facts: [fact('b'), fact('c')], cursor: '3' })
    expect(t.batches).toEqual([])
    vi.advanceTimersByTime(250)
    expect(t.batches).toEqual([['a', 'b', 'c']])
  })

  it('continues after the last cursor, and passes repeated facts once', () => {
    const t = setup()
    t.last().onopen?.()
    t.last().send({ facts: [fact('a', '7')], cursor: '7' })
    vi.advanceTimersByTime(250)
    t.last().onclose?.()
    vi.advanceTimersByTime(500)
    expect(t.urls).toEqual(['ws://host/stream?after=', 'ws://host/stream?after=7'])
    t.last().send({ facts: [fact('a', '7'), fact('b', '8')], cursor: '8' })
    vi.advanceTimersByTime(250)
    expect(t.batches).toEqual([['a'], ['b']])
  })

  it('waits longer after each failure, and starts over after a success', () => {
    const t = setup()
    for (const delay of [500, 1000, 2000]) {
      t.last().onclose?.()
      const before = t.sockets.length
      vi.advanceTimersByTime(delay - 1)
      expect(t.sockets.length).toBe(before)
      vi.advanceTimersByTime(1)
      expect(t.sockets.length).toBe(before + 1)
    }
    t.last().onopen?.()
    t.last().onclose?.()
    vi.advanceTimersByTime(500)
    expect(t.sockets.length).toBe(5)
  })

  it('spreads reconnects over half of the wait', () => {
    const t = setup({ random: () => 0 })
    t.last().onclose?.()
    vi.advanceTimersByTime(250)
    expect(t.sockets.length).toBe(2)
  })

  it('drops the oldest facts over its cap and counts them with those of the server', () => {
    const t = setup({ bufferCap: 2 })
    t.last().send({ facts: [fact('a'), fact('b'), fact('c')], dropped: 5, cursor: '3' })
    vi.advanceTimersByTime(250)
    expect(t.batches).toEqual([['b', 'c']])
    expect(t.dropped()).toBe(6)
  })

  it('takes silence for a dead connection', () => {
    const t = setup()
    t.last().onopen?.()
    vi.advanceTimersByTime(59_000)
    t.last().send({ facts: [], cursor: '1' })
    vi.advanceTimersByTime(59_000)
    expect(t.sockets.length).toBe(1)
    vi.advanceTimersByTime(1_500)
    expect(t.sockets[0]?.closed).toBe(true)
    expect(t.sockets.length).toBe(2)
  })

  it('ignores frames it cannot read', () => {
    const t = setup()
    t.last().onmessage?.({ data: 'not json' })
    t.last().send({ facts: [fact('a')], cursor: '1' })
    vi.advanceTimersByTime(250)
    expect(t.batches).toEqual([['a']])
  })

  it('ends for good when it is stopped', () => {
    const t = setup()
    t.last().send({ facts: [fact('a')], cursor: '1' })
    t.stream.stop()
    vi.advanceTimersByTime(60_000)
    expect(t.batches).toEqual([])
    expect(t.sockets.length).toBe(1)
    expect(t.statuses.at(-1)).toBe('closed')
  })
})

it('leaves empty parameters out of the address', () => {
  expect(streamUrl(7, { query: 'level:error', kinds: '', after: '' })).toMatch(/^ws:\/\/[^/]+\/api\/v1\/projects\/7\/stream\?query=level%3Aerror$/)
})
