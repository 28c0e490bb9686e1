import { onScopeDispose, shallowReactive } from 'vue'

export interface Shortcut {
  /** One key ("e", "/", "Escape") or a sequence with a blank ("g i"). */
  keys: string
  label: string
  group: string
  run: (event: KeyboardEvent) => void
  /** When given and false, the key is left to others. */
  when?: () => boolean
  /** When given and false, the list of shortcuts leaves the key out: for what the person's role never allows. */
  offered?: () => boolean
}

const NAMES: Record<string, string> = { Escape: 'Esc', Enter: '↵' }

/** The keys of a shortcut as they stand on a keyboard: "g i" → G, I; "R" → ⇧ R. */
export function keyNames(keys: string): string[] {
  return keys.split(' ').flatMap((k) => (NAMES[k] ? [NAMES[k]] : /^[A-Z]$/.test(k) ? ['⇧', k] : [k]))
}

const SEQUENCE_MS = 1200

/** Holds every active shortcut; the latest registration of a key wins, so that a page overrides the shell. */
export class ShortcutRegistry {
  readonly list = shallowReactive<Shortcut[]>([])
  private prefix = ''
  private prefixAt = 0

  add(shortcuts: Shortcut[]): () => void {
    this.list.push(...shortcuts)
    return () => {
      for (const s of shortcuts) this.list.splice(this.list.indexOf(s), 1)
    }
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const fresh = this.prefix !== '' && event.timeStamp - this.prefixAt < SEQUENCE_MS
    const keys = fresh ? `${this.prefix} ${event.key}` : event.key
    this.prefix = ''
    const match = this.find(keys)
    if (match) {
      event.preventDefault()
      match.run(event)
      return
    }
    if (this.list.some((s) => s.keys.startsWith(`${event.key} `))) {
      this.prefix = event.key
      this.prefixAt = event.timeStamp
    }
  }

  private find(keys: string): Shortcut | undefined {
    return this.list.findLast((s) => s.keys === keys && (s.when?.() ?? true))
  }
}

/** Keys belong to the field while somebody types, and to a dialog or menu while one is open. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
    return !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  }
  return target.closest('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]') !== null
}

export const shortcuts = new ShortcutRegistry()

/** Registers shortcuts for the life of the calling component. */
export function useShortcuts(list: Shortcut[]): void {
  onScopeDispose(shortcuts.add(list))
}
