import type { Route } from './access/route.ts';
import { alertChannelRoutes } from './routes/alert-channels.ts';
import { apiTokenRoutes } from './routes/api-tokens.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { authRoutes } from './routes/auth.ts';
import { deployRoutes } from './routes/deploys.ts';
import { eventRoutes } from './routes/events.ts';
import { issueEventRoutes } from './routes/issue-events.ts';
import { issueRoutes } from './routes/issues.ts';
import { monitorRoutes } from './routes/monitors.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { organizationRoutes } from './routes/organizations.ts';
import { peopleRoutes } from './routes/people.ts';
import { projectFilterRoutes } from './routes/project-filters.ts';
import { projectKeyRoutes } from './routes/project-keys.ts';
import { projectQuotaRoutes } from './routes/project-quotas.ts';
import { projectRoutes } from './routes/projects.ts';
import { releaseRoutes } from './routes/releases.ts';
import { scrubbingRoutes } from './routes/scrubbing.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { statsRoutes } from './routes/stats.ts';
import { systemRoutes } from './routes/system.ts';
import { tombstoneRoutes } from './routes/tombstones.ts';
import { userReportRoutes } from './routes/user-reports.ts';

/** Every route of the HTTP API. */
export const apiRoutes: readonly Route[] = [
  ...authRoutes,
  ...organizationRoutes,
  ...projectRoutes,
  ...projectKeyRoutes,
  ...projectFilterRoutes,
  ...projectQuotaRoutes,
  ...scrubbingRoutes,
  ...tombstoneRoutes,
  ...issueRoutes,
  ...issueEventRoutes,
  ...eventRoutes,
  ...attachmentRoutes,
  ...releaseRoutes,
  ...deployRoutes,
  ...peopleRoutes,
  ...statsRoutes,
  ...sessionRoutes,
  ...userReportRoutes,
  ...monitorRoutes,
  ...alertChannelRoutes,
  ...apiTokenRoutes,
  ...systemRoutes,
  ...openApiRoutes(() => apiRoutes),
];
