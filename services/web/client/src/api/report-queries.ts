import { attachmentSchema, userReportSchema } from '@culprit/api';
import { queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { issuePath } from './queries.ts';
import type { Api } from './request.ts';

const attachmentsPath = (org: string, project: string, event: string): string =>
  `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(project)}/events/${encodeURIComponent(event)}/attachments/`;

/** Where a browser saves an attachment from. */
export const attachmentDownload = (org: string, project: string, event: string, id: string): string =>
  `${attachmentsPath(org, project, event)}${encodeURIComponent(id)}/?download`;

export const attachmentsQuery = (api: Api, org: string, project: string, event: string) =>
  queryOptions({
    queryKey: ['attachments', org, project, event],
    queryFn: ({ signal }) =>
      api.request(z.array(attachmentSchema), attachmentsPath(org, project, event), { signal }),
  });

/** What people said about events of an issue, newest first. */
export const userReportsQuery = (api: Api, org: string, issue: string) =>
  queryOptions({
    queryKey: ['user-reports', org, issue],
    queryFn: ({ signal }) =>
      api.request(z.array(userReportSchema), `${issuePath(org, issue)}user-reports/`, { signal }),
  });
