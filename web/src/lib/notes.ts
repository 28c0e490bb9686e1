import { inject, provide, type InjectionKey, type Ref, computed } from 'vue'
import type { Note } from '@/api/types'

export type NoteIndex = ReadonlyMap<string, Note[]>

const key: InjectionKey<Ref<NoteIndex>> = Symbol('notes')

/** One spelling for a place in the payload: "/a/0/b", "a[0].b" and "a.0.b" are the same. */
export function notePath(path: string): string {
  return path
    .replaceAll(/\[(\w+)\]/g, '.$1')
    .replaceAll('/', '.')
    .replaceAll(/(^\.+|\.+$)/g, '')
    .replace(/^(exception|breadcrumbs|threads)\.values\./, '$1.')
}

export function indexNotes(notes: Note[] | undefined): NoteIndex {
  const index = new Map<string, Note[]>()
  for (const note of notes ?? []) {
    const path = notePath(note.path ?? '')
    index.set(path, [...(index.get(path) ?? []), note])
  }
  return index
}

export function provideNotes(notes: Ref<Note[] | undefined>): void {
  provide(key, computed(() => indexNotes(notes.value)))
}

/** The notes about one value, for the mark beside it. */
export function useNotes() {
  const index = inject(key, computed(() => new Map() as NoteIndex))
  return (path: string): Note[] => index.value.get(path) ?? []
}
