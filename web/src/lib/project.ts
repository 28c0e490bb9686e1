import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { useProjects, useSession } from './session'

/** The project of the current page. */
export function useProject() {
  const route = useRoute()
  const { projects, isPending } = useProjects()
  const { atLeast } = useSession()
  const projectId = computed(() => Number(route.params.projectId) || 0)
  const project = computed(() => projects.value.find((p) => p.id === projectId.value))
  const canWrite = computed(() => atLeast(project.value?.organization_id, 'member'))
  const canAdmin = computed(() => atLeast(project.value?.organization_id, 'admin'))
  return { projectId, project, isPending, canWrite, canAdmin }
}
