import MarkdownIt, { type StateCore, type Token } from 'markdown-it'
import { avatarClass } from './avatar'
import { initials } from './format'
import { labelOf, splitMentions, type Mentionable } from './mentions'

// HTML stays text: comments are not trusted.
const parser = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image')

// Before links are found, or the address in "@bo@example.org" would become one.
parser.core.ruler.before('linkify', 'mentions', (state: StateCore) => {
  const mentions = state.env['mentions'] as readonly Mentionable[]
  if (mentions.length === 0) return
  for (const token of state.tokens) {
    if (token.type === 'inline' && token.children) token.children = token.children.flatMap((child) => (child.type === 'text' ? split(state, child, mentions) : [child]))
  }
})

function split(state: StateCore, text: Token, mentions: readonly Mentionable[]): Token[] {
  return splitMentions(text.content, mentions).map((piece) => {
    const token = new state.Token(piece.member ? 'mention' : 'text', '', 0)
    token.level = text.level
    token.content = piece.member ? labelOf(piece.member) : piece.text
    return token
  })
}

parser.renderer.rules['mention'] = (tokens, at) => {
  const name = tokens[at]?.content ?? ''
  const { escapeHtml } = parser.utils
  return `<span class="mention"><span class="mention-avatar ${avatarClass(name)}" aria-hidden="true">${escapeHtml(initials(name))}</span>${escapeHtml(name)}</span>`
}

/** Renders a comment to HTML that holds nothing but what the parser makes. */
export function render(text: string, mentions: readonly Mentionable[]): string {
  return parser.render(text, { mentions })
}
