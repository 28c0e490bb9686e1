import { computed, shallowRef, watch, type Ref } from 'vue'

/** Which rows are ticked; shift selects the range from the last one. */
export function useSelection(ids: Ref<number[]>) {
  const selected = shallowRef<ReadonlySet<number>>(new Set())
  let anchor: number | null = null

  function toggle(id: number, range = false) {
    const next = new Set(selected.value)
    const on = !next.has(id)
    for (const each of range ? between(id) : [id]) {
      if (on) next.add(each)
      else next.delete(each)
    }
    anchor = id
    selected.value = next
  }

  function between(id: number): number[] {
    const from = anchor === null ? -1 : ids.value.indexOf(anchor)
    const to = ids.value.indexOf(id)
    if (from < 0 || to < 0) return [id]
    return ids.value.slice(Math.min(from, to), Math.max(from, to) + 1)
  }

  const all = computed(() => ids.value.length > 0 && ids.value.every((id) => selected.value.has(id)))

  function toggleAll() {
    selected.value = all.value ? new Set() : new Set(ids.value)
  }

  function clear() {
    selected.value = new Set()
    anchor = null
  }

  // Rows that left the list must not be acted on unseen.
  watch(ids, (now) => {
    const here = new Set(now)
    const kept = [...selected.value].filter((id) => here.has(id))
    if (kept.length !== selected.value.size) selected.value = new Set(kept)
  })

  return { selected, all, toggle, toggleAll, clear }
}
