import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { LoginPage } from '../features/login/login-page.tsx';
import { Shell } from '../shell/shell.tsx';
import { Home } from './home.tsx';
import { NotFound } from './not-found.tsx';
import { PageError } from './page-error.tsx';
import { Root } from './root.tsx';
import { parseScopeSearch, parseSearch, type ScopeSearch, stringifySearch, textOf } from './scope.ts';

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound });

const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: Home });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  component: LoginPage,
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({
    next: textOf(search, 'next'),
  }),
});

const organizationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/organizations/$org',
  component: Shell,
  validateSearch: (search: Record<string, unknown>): ScopeSearch => parseScopeSearch(search),
  search: { middlewares: [retainSearchParams<ScopeSearch>(['project', 'environment', 'statsPeriod'])] },
});

const organizationHomeRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/organizations/$org/issues', params, replace: true });
  },
});

const issuesRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/issues',
  component: lazyRouteComponent(() => import('../features/issues/issues-page.tsx'), 'IssuesPage'),
  validateSearch: (
    search: Record<string, unknown>,
  ): { query?: string | undefined; sort?: string | undefined } => ({
    query: textOf(search, 'query'),
    sort: textOf(search, 'sort'),
  }),
});

const IssuePage = lazyRouteComponent(() => import('../features/issue/issue-page.tsx'), 'IssuePage');

const issueRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/issues/$issue',
  component: IssuePage,
});

const issueEventRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/issues/$issue/events/$event',
  component: IssuePage,
});

const peopleRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/people',
  component: lazyRouteComponent(() => import('../features/people/person-page.tsx'), 'PersonPage'),
  validateSearch: (search: Record<string, unknown>): { who?: string | undefined } => ({
    who: textOf(search, 'who'),
  }),
});

const deploysRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/deploys',
  component: lazyRouteComponent(() => import('../features/deploys/deploys-page.tsx'), 'DeploysPage'),
});

const outcomesRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/outcomes',
  component: lazyRouteComponent(() => import('../features/outcomes/outcomes-page.tsx'), 'OutcomesPage'),
  validateSearch: (
    search: Record<string, unknown>,
  ): { items?: string | undefined; by?: string | undefined } => ({
    items: textOf(search, 'items'),
    by: textOf(search, 'by'),
  }),
});

const setupRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('../features/setup/setup-page.tsx'), 'SetupPage'),
});

const settingsHomeRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/settings',
  beforeLoad: ({ params }) => {
    throw redirect({
      to: '/organizations/$org/settings/$section',
      params: { ...params, section: 'general' },
      search: (before) => before,
      replace: true,
    });
  },
});

const settingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
});

const referenceRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/api',
  component: lazyRouteComponent(() => import('../features/reference/reference-page.tsx'), 'ReferencePage'),
});

const systemRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/system',
  component: lazyRouteComponent(() => import('../features/system/system-page.tsx'), 'SystemPage'),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  loginRoute,
  organizationRoute.addChildren([
    organizationHomeRoute,
    issuesRoute,
    issueRoute,
    issueEventRoute,
    peopleRoute,
    deploysRoute,
    outcomesRoute,
    setupRoute,
    settingsHomeRoute,
    settingsRoute,
    referenceRoute,
    systemRoute,
  ]),
]);

export function createAppRouter() {
  return createRouter({
    routeTree,
    parseSearch,
    stringifySearch,
    // The server's permalinks end in a slash; both forms lead to the page.
    trailingSlash: 'preserve',
    defaultPreload: 'intent',
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
