// The shapes that pages work with: those of the server's OpenAPI document, and
// what it leaves open (payloads, values that may be null) made precise. Ids are
// numbers, event ids 32 hex digits, times RFC 3339 in UTC.
import type { components } from './schema'

type Schemas = components['schemas']
/** Replaces properties of a generated type. */
type With<T, R> = Omit<T, keyof R | '$schema'> & R

export const LEVELS = ['fatal', 'error', 'warning', 'info', 'debug', 'trace'] as const
export type Level = (typeof LEVELS)[number]
export type Status = 'unresolved' | 'resolved' | 'archived'
export type Role = 'viewer' | 'member' | 'admin' | 'owner'

export interface Page<T> {
  items: T[]
  next: string
}

export interface ListParams {
  query?: string
  sort?: string
  start?: string
  end?: string
  limit?: number
  cursor?: string
}

export type User = Omit<Schemas['Account'], '$schema'>
export type Organization = Omit<Schemas['Organization'], '$schema'>
export type Session = With<Schemas['Session'], { user: User | null; organizations: Organization[]; oidc: { name: string } | null }>
export type Project = With<Schemas['Project'], { first_event_at: string | null }>
export type Assignee = Schemas['Assignee']
export type Issue = With<Schemas['Issue'], { level: string; assignee: Assignee | null; sparkline: number[] }>
export type IssuePatch = Schemas['TriageChange']
export type IssueCount = Omit<Schemas['IssueCount'], '$schema'>
export type BulkResult = Schemas['BulkResult']
export type EventUser = Schemas['EventUser'] & { name?: string }
export type EventSummary = With<Schemas['EventSummary'], { level: string; user: EventUser | null }>
export type EventDetail = EventSummary & { payload: Payload; neighbours: Schemas['Neighbours']; explanation?: Explanation | null; attachments?: Attachment[] }
export type Attachment = Schemas['Attachment']

/** One piece of evidence of the grouping, and whether it counted. */
export interface Component {
  name?: string
  label?: string
  value?: string
  reason?: string
  hint?: string
  contributes?: boolean
  children?: Component[] | null
}

/** Why an event is in its issue. */
export interface Explanation {
  why?: string
  rule?: string
  basis?: string
  root?: Component
}

export interface Frame {
  function?: string
  raw_function?: string
  module?: string
  filename?: string
  abs_path?: string
  package?: string
  platform?: string
  lineno?: number
  colno?: number
  in_app?: boolean
  context_line?: string
  pre_context?: string[]
  post_context?: string[]
  vars?: Record<string, unknown>
  instruction_addr?: string
}

export interface Stacktrace {
  frames?: Frame[]
  /** Frames that were left out, from ≤ i < to, counted from the oldest. */
  frames_omitted?: [number, number]
}

export interface Mechanism {
  type?: string
  handled?: boolean
  synthetic?: boolean
  description?: string
  help_link?: string
  data?: Record<string, unknown>
}

export interface Exception {
  type?: string
  value?: string
  module?: string
  thread_id?: number | string
  mechanism?: Mechanism
  stacktrace?: Stacktrace
}

export interface Thread {
  id?: number | string
  name?: string
  crashed?: boolean
  current?: boolean
  main?: boolean
  state?: string
  stacktrace?: Stacktrace
}

export interface Breadcrumb {
  timestamp?: number | string
  type?: string
  category?: string
  message?: string
  level?: string
  data?: Record<string, unknown>
}

export interface RequestInfo {
  method?: string
  url?: string
  query_string?: string | [string, string][]
  fragment?: string
  headers?: [string, string][]
  cookies?: [string, string][]
  data?: unknown
  env?: Record<string, unknown>
  [key: string]: unknown
}

export interface Note {
  path: string
  kind: string
  detail?: string
}

/** The canonical event: a valid Sentry event with bare lists; frames and exceptions oldest first. */
export interface Payload {
  event_id?: string
  timestamp?: number
  received?: number
  type?: string
  level?: string
  platform?: string
  logger?: string
  transaction?: string
  server_name?: string
  release?: string
  dist?: string
  environment?: string
  culprit?: string
  logentry?: { message?: string; formatted?: string; params?: unknown }
  exception?: Exception[]
  threads?: Thread[]
  stacktrace?: Stacktrace
  breadcrumbs?: Breadcrumb[]
  tags?: [string, string][]
  user?: EventUser & { geo?: Record<string, unknown>; data?: Record<string, unknown>; [key: string]: unknown }
  request?: RequestInfo
  sdk?: { name?: string; version?: string; integrations?: string[] }
  fingerprint?: string[]
  contexts?: Record<string, unknown>
  extra?: Record<string, unknown>
  modules?: Record<string, string>
  debug_meta?: unknown
  notes?: Note[]
  [key: string]: unknown
}

export type LogEntry = With<Schemas['LogEntry'], { level: string; attributes: Record<string, unknown> | null; resource: Record<string, unknown> | null }>
export type VolumePoint = With<Schemas['VolumePoint'], { levels: Partial<Record<string, number>> }>
export type Volume = With<Schemas['Volume'], { points: VolumePoint[] }>
export type TagDistribution = Schemas['TagDistribution']
export type TopIssue = With<Schemas['TopIssue'], { issue: Issue }>
export type Health = Omit<Schemas['Health'], '$schema'>
export type LedgerLine = Schemas['LedgerLine']
export type Usage = Omit<Schemas['Usage'], '$schema'>
export type RetentionForecast = Omit<Schemas['RetentionForecast'], '$schema'>
export type Activity = With<Schemas['Activity'], { data: Record<string, unknown> | null }>
export type Comment = Omit<Schemas['Comment'], '$schema'>
export type Key = Omit<Schemas['Key'], '$schema'>
export type Settings = Omit<Schemas['Settings'], '$schema'>
export type Member = Omit<Schemas['Member'], '$schema'>
export type Invitation = Schemas['Invitation']
export type NewInvitation = Omit<Schemas['NewInvitation'], '$schema'>
export type InvitationOffer = Omit<Schemas['InvitationOffer'], '$schema'>
export type AuditEntry = With<Schemas['AuditEntry'], { data: Record<string, unknown> | null }>
export type Token = Schemas['Token']
export type NewToken = Omit<Schemas['NewToken'], '$schema'>
export type AccountSession = Schemas['BrowserSession']
export type SecondFactor = Omit<Schemas['SecondFactor'], '$schema'>
export type Discard = Schemas['Discard']
export type IssueHash = Schemas['IssueHash']
export type SplitResult = With<Schemas['SplitResult'], { issue: Issue }>
export type SimilarIssue = With<Schemas['SimilarIssue'], { issue: Issue }>
export type EventGrouping = Omit<Schemas['EventGrouping'], '$schema'>
export type GroupingPreview = Omit<Schemas['GroupingPreview'], '$schema'>
export type LogPattern = With<Schemas['LogPattern'], { level: string }>
