import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import * as api from '@/api'
import { ApiError, messageOf } from '@/api/http'
import type { Settings } from '@/api/types'
import { toast } from './toast'

const CONFLICT = new Set([409, 412])

/** A deep copy of settings; the browser's own refuses what Vue watches. */
function copy(s: Settings): Settings {
  return JSON.parse(JSON.stringify(s)) as Settings
}

/** Lists without the blank lines that typing leaves. */
function tidy(s: Settings): Settings {
  const lines = (list: string[] | null) => (list ?? []).map((l) => l.trim()).filter(Boolean)
  const { scrub, filters } = s
  return {
    ...s,
    scrub: { ...scrub, sensitive_fields: lines(scrub.sensitive_fields), safe_fields: lines(scrub.safe_fields) },
    filters: { ...filters, messages: lines(filters.messages), releases: lines(filters.releases), environments: lines(filters.environments), ip_addresses: lines(filters.ip_addresses), allowed_origins: lines(filters.allowed_origins) },
  }
}

/** The settings of a project as a draft that is saved as a whole, guarded by its ETag. */
export function useSettingsForm(projectId: Ref<number>) {
  const client = useQueryClient()
  const key = computed(() => ['settings', projectId.value])
  const query = useQuery({ queryKey: key, queryFn: () => api.projects.settings(projectId.value) })
  const draft = ref<Settings | null>(null)
  const busy = shallowRef(false)
  const error = shallowRef('')
  const fields = shallowRef<Record<string, string>>({})
  const stale = shallowRef(false)

  function reset() {
    draft.value = query.data.value ? tidy(copy(query.data.value.data)) : null
    error.value = ''
    fields.value = {}
    stale.value = false
  }
  watch(query.data, (now, before) => {
    if (!before || !dirty.value) reset()
    else stale.value = now?.etag !== before.etag
  })
  const dirty = computed(() => !!draft.value && !!query.data.value && JSON.stringify(draft.value) !== JSON.stringify(tidy(query.data.value.data)))
  if (query.data.value) reset()

  async function save(part: (keyof Settings)[]) {
    if (!draft.value || !query.data.value) return
    busy.value = true
    error.value = ''
    fields.value = {}
    const all = tidy(copy(draft.value))
    const body = Object.fromEntries(part.map((k) => [k, all[k]])) as Partial<Settings>
    try {
      const saved = await api.projects.saveSettings(projectId.value, body, query.data.value.etag)
      draft.value = null
      client.setQueryData(key.value, saved)
      reset()
      toast('Settings saved')
    } catch (e) {
      error.value = messageOf(e)
      stale.value = e instanceof ApiError && CONFLICT.has(e.status)
      if (e instanceof ApiError) fields.value = e.fields
    } finally {
      busy.value = false
    }
  }

  async function reload() {
    await query.refetch()
    reset()
  }

  return { query, draft, dirty, busy, error, fields, stale, save, reset, reload }
}
