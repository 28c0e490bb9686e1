import type { Element, ElementContent, Root } from 'hast'
import type { LanguageFn } from 'highlight.js'
import { createLowlight } from 'lowlight'

/** A coloured piece of a line; className is empty for plain text. */
export interface Token {
  text: string
  className: string
}

// Maps, because files and platforms may be called like what every object has: "constructor".
const loaders = new Map<string, () => Promise<{ default: LanguageFn }>>(Object.entries({
  go: () => import('highlight.js/lib/languages/go'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  php: () => import('highlight.js/lib/languages/php'),
  java: () => import('highlight.js/lib/languages/java'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  rust: () => import('highlight.js/lib/languages/rust'),
  elixir: () => import('highlight.js/lib/languages/elixir'),
  swift: () => import('highlight.js/lib/languages/swift'),
  c: () => import('highlight.js/lib/languages/c'),
  bash: () => import('highlight.js/lib/languages/bash'),
  json: () => import('highlight.js/lib/languages/json'),
}))

const byExtension = new Map(Object.entries({
  go: 'go', js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsx: 'javascript', ts: 'typescript', tsx: 'typescript',
  vue: 'typescript', py: 'python', rb: 'ruby', php: 'php', java: 'java', kt: 'kotlin', cs: 'csharp', rs: 'rust', ex: 'elixir',
  exs: 'elixir', swift: 'swift', c: 'c', h: 'c', cc: 'c', cpp: 'c', hpp: 'c', m: 'c', sh: 'bash', json: 'json',
}))

const byPlatform = new Map(Object.entries({
  go: 'go', javascript: 'javascript', node: 'javascript', python: 'python', ruby: 'ruby', php: 'php', java: 'java', csharp: 'csharp',
  rust: 'rust', elixir: 'elixir', cocoa: 'swift', native: 'c',
}))

export function languageOf(file: string | undefined, platform: string | undefined): string {
  const extension = /\.([a-z]+)$/i.exec((file ?? '').split('?')[0] ?? '')?.[1]?.toLowerCase() ?? ''
  return byExtension.get(extension) ?? byPlatform.get(platform ?? '') ?? ''
}

const lowlight = createLowlight()

/** Colours code line by line. Answers null for a language it does not know: show plain text. */
export async function highlight(code: string, language: string): Promise<Token[][] | null> {
  const load = loaders.get(language)
  if (!load) return null
  if (!lowlight.registered(language)) lowlight.register(language, (await load()).default)
  return toLines(lowlight.highlight(language, code))
}

/** Flattens the syntax tree into lines; a token that spans lines is cut. */
function toLines(root: Root): Token[][] {
  const lines: Token[][] = [[]]
  const walk = (nodes: (ElementContent | Root['children'][number])[], className: string) => {
    for (const node of nodes) {
      if (node.type === 'element') walk(node.children, classOf(node) || className)
      else if (node.type === 'text') push(lines, node.value, className)
    }
  }
  walk(root.children, '')
  return lines
}

function classOf(node: Element): string {
  const names = node.properties.className
  return Array.isArray(names) ? String(names[0] ?? '') : ''
}

function push(lines: Token[][], text: string, className: string): void {
  for (const [i, part] of text.split('\n').entries()) {
    if (i > 0) lines.push([])
    if (part) lines.at(-1)?.push({ text: part, className })
  }
}
