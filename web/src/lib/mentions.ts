/** A member whom a comment can name. */
export interface Mentionable {
  user_id: number
  name: string
  email: string
}

export const labelOf = (m: Mentionable): string => m.name || m.email

const NAME_PART = /[\p{L}\p{N}_@]/u
const MAX_CANDIDATES = 6

/** The name that is being written at the caret, behind an @ that begins a word. */
export function mentionAt(text: string, caret: number): { start: number; prefix: string } | null {
  const before = text.slice(0, caret)
  const start = before.search(/@[^@\n]{0,40}$/)
  if (start < 0 || (start > 0 && NAME_PART.test(before[start - 1] ?? ''))) return null
  return { start, prefix: before.slice(start + 1) }
}

/** Members whose name, a word of it, or address begins with what was typed. */
export function candidates(members: readonly Mentionable[], prefix: string): Mentionable[] {
  const p = prefix.toLowerCase()
  const begins = (m: Mentionable) => [m.name, m.email, ...m.name.split(/\s+/)].some((w) => w && w.toLowerCase().startsWith(p))
  return members.filter(begins).slice(0, MAX_CANDIDATES)
}

/** What stands in the text for a member: the name, or the address where two share the name. */
export function handleOf(member: Mentionable, members: readonly Mentionable[]): string {
  const shared = members.some((m) => m.user_id !== member.user_id && m.name.toLowerCase() === member.name.toLowerCase())
  return member.name && !shared ? member.name : member.email
}

/** Puts a handle in place of what was typed; the caret goes behind it. */
export function complete(text: string, caret: number, handle: string): { text: string; caret: number } {
  const at = mentionAt(text, caret)
  if (!at) return { text, caret }
  const head = `${text.slice(0, at.start)}@${handle} `
  return { text: head + text.slice(caret).replace(/^ /, ''), caret: head.length }
}

export interface Piece {
  text: string
  /** The member whom the piece names; null for plain text. */
  member: Mentionable | null
}

/** Splits a text at the mentions of these members, by the rules by which the server finds them. */
export function splitMentions(text: string, members: readonly Mentionable[]): Piece[] {
  const pieces: Piece[] = []
  let plain = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && NAME_PART.test(text[at - 1] ?? '')) continue
    const found = memberAt(text.slice(at + 1), members)
    if (!found) continue
    if (at > plain) pieces.push({ text: text.slice(plain, at), member: null })
    plain = at + 1 + found.length
    pieces.push({ text: text.slice(at, plain), member: found.member })
    at = plain - 1
  }
  if (plain < text.length) pieces.push({ text: text.slice(plain), member: null })
  return pieces
}

function memberAt(text: string, members: readonly Mentionable[]): { member: Mentionable; length: number } | null {
  let best: { member: Mentionable; length: number } | null = null
  for (const member of members) {
    for (const handle of [member.name, member.email]) {
      if (!handle || handle.length <= (best?.length ?? 0)) continue
      if (!text.toLowerCase().startsWith(handle.toLowerCase()) || NAME_PART.test(text[handle.length] ?? '')) continue
      best = { member, length: handle.length }
    }
  }
  return best
}
