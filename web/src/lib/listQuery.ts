import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/**
 * The filter of a list, kept in the address, so that it can be shared, and the
 * browser's back button works. Values equal to the default are left out.
 */
export function useListQuery<D extends Record<string, string>>(defaults: D) {
  const route = useRoute()
  const router = useRouter()
  const name = route.name

  const filter = computed(() => {
    const read = { ...defaults } as Record<keyof D, string>
    for (const key of Object.keys(defaults) as (keyof D & string)[]) {
      const value = route.query[key]
      if (typeof value === 'string') read[key] = value
    }
    return read
  })

  function set(change: Partial<Record<keyof D, string>>) {
    if (route.name !== name) return
    const merged: Record<string, string> = { ...filter.value, ...change }
    const query = Object.fromEntries(Object.entries(merged).filter(([key, value]) => value !== defaults[key]))
    void router.replace({ query })
  }

  return { filter, set }
}
