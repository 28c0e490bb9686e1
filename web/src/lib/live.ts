import { onScopeDispose, readonly, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { parseExact } from './json'

/** One fact of the server's live stream; data is an event or an issue, or part of one. */
export interface Fact<T = unknown> {
  id: string
  kind: string
  cursor: string
  data: T
}

interface Frame {
  facts?: Fact[]
  dropped?: number
  cursor?: string
}

export type LiveStatus = 'connecting' | 'open' | 'waiting' | 'closed'

/** What a stream needs of a WebSocket; tests hand in their own. */
export type SocketLike = Pick<WebSocket, 'close'> & {
  onopen: (() => void) | null
  onmessage: ((message: { data: unknown }) => void) | null
  onclose: (() => void) | null
  onerror: (() => void) | null
}

export interface StreamOptions {
  url: (after: string) => string
  /** Called with everything that arrived since the last call, in order, at most every flushMs. */
  onFacts: (facts: Fact[]) => void
  onStatus?: (status: LiveStatus) => void
  /** Called with how many facts were lost, by the server or by the cap here. */
  onDropped?: (count: number) => void
  flushMs?: number
  /** Facts kept between two flushes; the oldest go first. */
  bufferCap?: number
  connect?: (url: string) => SocketLike
  random?: () => number
}

const FLUSH_MS = 200
const BUFFER_CAP = 2_000
const SEEN_CAP = 5_000
const BACKOFF_FIRST_MS = 500
const BACKOFF_MAX_MS = 20_000
// The server's heartbeat comes every 25 s; two missed ones mean a dead connection.
const SILENCE_MS = 60_000

/**
 * A resumable live stream. It reconnects with backoff and jitter, continues
 * after the last cursor, drops facts it has already seen (a resume may repeat
 * some), and hands facts over in batches so that a flood costs few renders.
 */
export class LiveStream {
  private socket: SocketLike | null = null
  private cursor = ''
  private attempt = 0
  private buffer: Fact[] = []
  private seen = new Set<string>()
  private flushTimer: ReturnType<typeof setTimeout> | undefined
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private silenceTimer: ReturnType<typeof setTimeout> | undefined
  private stopped = true

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    this.open()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.flushTimer)
    clearTimeout(this.retryTimer)
    clearTimeout(this.silenceTimer)
    this.flushTimer = undefined
    this.buffer = []
    this.detach()
    this.options.onStatus?.('closed')
  }

  /** Connects now instead of waiting for the backoff, for instance when the network returns. */
  retryNow(): void {
    if (this.stopped || this.socket) return
    clearTimeout(this.retryTimer)
    this.attempt = 0
    this.open()
  }

  private open(): void {
    this.options.onStatus?.('connecting')
    const connect = this.options.connect ?? ((url: string) => new WebSocket(url) as unknown as SocketLike)
    const socket = connect(this.options.url(this.cursor))
    this.socket = socket
    socket.onopen = () => {
      this.attempt = 0
      this.options.onStatus?.('open')
      this.watchSilence()
    }
    socket.onmessage = (message) => {
      this.watchSilence()
      this.receive(String(message.data))
    }
    socket.onclose = () => this.retry()
    socket.onerror = () => this.retry()
  }

  private watchSilence(): void {
    clearTimeout(this.silenceTimer)
    this.silenceTimer = setTimeout(() => this.retry(), SILENCE_MS)
  }

  private detach(): void {
    clearTimeout(this.silenceTimer)
    const socket = this.socket
    if (!socket) return
    this.socket = null
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null
    socket.close()
  }

  private retry(): void {
    if (this.stopped || !this.socket) return
    this.detach()
    this.options.onStatus?.('waiting')
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.attempt)
    this.attempt++
    // Half fixed, half random: a restarted server is not met by everybody at once.
    const delay = ceiling / 2 + (this.options.random ?? Math.random)() * (ceiling / 2)
    this.retryTimer = setTimeout(() => this.open(), delay)
  }

  private receive(text: string): void {
    let frame: Frame
    try {
      frame = parseExact(text) as Frame
    } catch {
      return // a frame of a newer server; the next one may be readable
    }
    if (frame.cursor) this.cursor = frame.cursor
    if (frame.dropped) this.options.onDropped?.(frame.dropped)
    for (const fact of frame.facts ?? []) this.take(fact)
    if (this.buffer.length > 0) this.flushTimer ??= setTimeout(() => this.flush(), this.options.flushMs ?? FLUSH_MS)
  }

  private take(fact: Fact): void {
    if (fact.cursor) this.cursor = fact.cursor
    if (fact.id) {
      if (this.seen.has(fact.id)) return
      if (this.seen.size >= SEEN_CAP) this.seen.clear()
      this.seen.add(fact.id)
    }
    this.buffer.push(fact)
    const cap = this.options.bufferCap ?? BUFFER_CAP
    if (this.buffer.length > cap) {
      const lost = this.buffer.length - cap
      this.buffer.splice(0, lost)
      this.options.onDropped?.(lost)
    }
  }

  private flush(): void {
    this.flushTimer = undefined
    const facts = this.buffer
    this.buffer = []
    if (facts.length > 0) this.options.onFacts(facts)
  }
}

export interface LiveOptions {
  projectId: MaybeRefOrGetter<number>
  query?: MaybeRefOrGetter<string>
  kinds?: string[]
  enabled?: MaybeRefOrGetter<boolean>
  onFacts: (facts: Fact[]) => void
}

/** The address of a project's stream, on the host that served the page. */
export function streamUrl(projectId: number, params: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(params).filter(([, v]) => v !== ''))
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/api/v1/projects/${projectId}/stream?${search}`
}

/** Follows a project's live stream for as long as the calling component lives. */
export function useLive(options: LiveOptions) {
  const status = shallowRef<LiveStatus>('closed')
  const dropped = shallowRef(0)
  let stream: LiveStream | null = null

  function restart() {
    stream?.stop()
    stream = null
    if (!toValue(options.enabled ?? true) || !toValue(options.projectId)) return
    dropped.value = 0
    const projectId = toValue(options.projectId)
    const query = toValue(options.query) ?? ''
    stream = new LiveStream({
      url: (after) => streamUrl(projectId, { query, kinds: (options.kinds ?? []).join(','), after }),
      onFacts: options.onFacts,
      onStatus: (s) => (status.value = s),
      onDropped: (n) => (dropped.value += n),
    })
    stream.start()
  }

  const retryNow = () => stream?.retryNow()
  watch(() => [toValue(options.projectId), toValue(options.query), toValue(options.enabled ?? true)], restart, { immediate: true })
  window.addEventListener('online', retryNow)
  onScopeDispose(() => {
    window.removeEventListener('online', retryNow)
    stream?.stop()
  })
  return { status: readonly(status), dropped: readonly(dropped), resetDropped: () => (dropped.value = 0) }
}
