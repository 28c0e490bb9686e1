import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import { issues } from '@/api'
import { isUnauthorized } from '@/api/http'
import { lastProject, loadProjects, loadSession, rememberProject } from '@/lib/session'
import { queryClient } from '@/lib/query'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    /** Shown without the shell, also to people who are not signed in. */
    bare?: boolean
  }
}

const projectChildren: RouteRecordRaw[] = [
  { path: '', redirect: (to) => ({ name: 'issues', params: to.params }) },
  { path: 'dashboard', name: 'dashboard', component: () => import('@/pages/DashboardPage.vue'), meta: { title: 'Dashboard' } },
  { path: 'issues', name: 'issues', component: () => import('@/pages/IssuesPage.vue'), meta: { title: 'Issues' } },
  { path: 'issues/:issueId(\\d+)/:tab(events|activity)?', name: 'issue', component: () => import('@/pages/IssuePage.vue'), meta: { title: 'Issue' } },
  { path: 'issues/:issueId(\\d+)/events/:eventId([0-9a-f]{32})', name: 'issue-event', component: () => import('@/pages/IssuePage.vue'), meta: { title: 'Issue' } },
  { path: 'events', name: 'events', component: () => import('@/pages/EventsPage.vue'), meta: { title: 'Events' } },
  { path: 'logs', name: 'logs', component: () => import('@/pages/LogsPage.vue'), meta: { title: 'Logs' } },
  { path: 'usage', name: 'usage', component: () => import('@/pages/UsagePage.vue'), meta: { title: 'Usage' } },
  { path: 'onboarding', name: 'onboarding', component: () => import('@/pages/OnboardingPage.vue'), meta: { title: 'Get started' } },
  { path: 'settings/:section?', name: 'project-settings', component: () => import('@/pages/ProjectSettingsPage.vue'), meta: { title: 'Project settings' } },
]

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: { render: () => null }, beforeEnter: home },
  { path: '/sign-in', name: 'sign-in', component: () => import('@/pages/SignInPage.vue'), meta: { title: 'Sign in', bare: true } },
  { path: '/setup', name: 'setup', component: () => import('@/pages/SetupPage.vue'), meta: { title: 'Set up', bare: true } },
  { path: '/invite', name: 'invite', component: () => import('@/pages/InvitePage.vue'), meta: { title: 'Invitation', bare: true } },
  { path: '/shared', name: 'shared', component: () => import('@/pages/SharedPage.vue'), meta: { title: 'Shared issue', bare: true } },
  { path: '/projects/new', name: 'project-new', component: () => import('@/pages/ProjectNewPage.vue'), meta: { title: 'New project' } },
  { path: '/projects/:projectId(\\d+)', children: projectChildren, beforeEnter: remember },
  { path: '/issues/:issueId(\\d+)', name: 'issue-link', component: { render: () => null }, beforeEnter: openIssue },
  { path: '/organizations/new', name: 'organization-new', component: () => import('@/pages/OrganizationNewPage.vue'), meta: { title: 'New organization' } },
  { path: '/organizations/:orgId(\\d+)/:section?', name: 'organization', component: () => import('@/pages/OrganizationPage.vue'), meta: { title: 'Organization' } },
  { path: '/notifications', name: 'notifications', component: () => import('@/pages/NotificationsPage.vue'), meta: { title: 'Notifications' } },
  { path: '/account/:section?', name: 'account', component: () => import('@/pages/AccountPage.vue'), meta: { title: 'Account' } },
  { path: '/:path(.*)*', name: 'not-found', component: () => import('@/pages/NotFoundPage.vue'), meta: { title: 'Not found' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

/** The front door: the project used last, or the page that makes the first one. */
async function home() {
  const projects = await loadProjects()
  const project = projects.find((p) => p.id === lastProject()) ?? projects[0]
  if (!project) return { name: 'project-new' }
  return { name: project.first_event_at ? 'issues' : 'onboarding', params: { projectId: project.id } }
}

function remember(to: RouteLocationNormalized) {
  rememberProject(Number(to.params.projectId))
}

/** Links that know only the issue: alerts, and the API's answers. */
async function openIssue(to: RouteLocationNormalized) {
  try {
    const issue = await issues.get(Number(to.params.issueId))
    return { name: 'issue', params: { projectId: issue.project_id, issueId: issue.id }, query: to.query }
  } catch {
    return { name: 'not-found', params: { path: ['issues', String(to.params.issueId)] } }
  }
}

router.beforeEach(async (to) => {
  if (to.meta.bare) return true
  const session = await loadSession().catch((e: unknown) => (isUnauthorized(e) ? null : Promise.reject(e as Error)))
  if (session?.user) return true
  if (session?.setup_required) return { name: 'setup' }
  return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · Mesher` : 'Mesher'
})

const RELOADED = 'mesher.reloaded'

// After an upgrade of the server the chunks of an open page are gone: load the new page, once.
router.onError((error, to) => {
  if (!/dynamically imported module|Importing a module script|Failed to fetch/i.test(String(error)) || sessionStorage.getItem(RELOADED) === to.fullPath) return
  sessionStorage.setItem(RELOADED, to.fullPath)
  location.assign(to.fullPath)
})

// A session that ends while pages are open leads to the door, and back afterwards.
queryClient.getQueryCache().config.onError = (error) => {
  if (!isUnauthorized(error) || router.currentRoute.value.meta.bare) return
  queryClient.clear()
  void router.push({ name: 'sign-in', query: { next: router.currentRoute.value.fullPath } })
}
