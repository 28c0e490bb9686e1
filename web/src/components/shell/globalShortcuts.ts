import { useRoute, useRouter } from 'vue-router'
import { lastProject } from '@/lib/session'
import { useShortcuts } from '@/lib/shortcuts'
import { canUndo, undoLatest } from '@/lib/undo'

const GROUP = 'Go to'

/** The shortcuts that work on every page. */
export function useGlobalShortcuts(openHelp: () => void): void {
  const router = useRouter()
  const route = useRoute()

  const go = (name: string) => () => {
    const projectId = Number(route.params.projectId) || lastProject()
    if (projectId) void router.push({ name, params: { projectId } })
  }

  useShortcuts([
    { keys: 'g i', label: 'Issues', group: GROUP, run: go('issues') },
    { keys: 'g e', label: 'Events', group: GROUP, run: go('events') },
    { keys: 'g l', label: 'Logs', group: GROUP, run: go('logs') },
    { keys: 'g d', label: 'Dashboard', group: GROUP, run: go('dashboard') },
    { keys: 'g u', label: 'Usage', group: GROUP, run: go('usage') },
    { keys: 'g s', label: 'Project settings', group: GROUP, run: go('project-settings') },
    { keys: 'g n', label: 'Notifications', group: GROUP, run: () => void router.push({ name: 'notifications' }) },
    { keys: '/', label: 'Search', group: 'Anywhere', run: focusSearch },
    { keys: 'z', label: 'Undo the last change', group: 'Anywhere', run: undoLatest, when: canUndo },
    { keys: '?', label: 'This list', group: 'Anywhere', run: openHelp },
  ])
}

function focusSearch() {
  document.querySelector<HTMLInputElement>('[data-search]')?.focus()
}
