import type { Route } from './access/route.ts';
import { authRoutes } from './routes/auth.ts';
import { eventRoutes } from './routes/events.ts';
import { issueRoutes } from './routes/issues.ts';
import { organizationRoutes } from './routes/organizations.ts';

/** Every route of the HTTP API. */
export const apiRoutes: readonly Route[] = [
  ...authRoutes,
  ...organizationRoutes,
  ...issueRoutes,
  ...eventRoutes,
];
