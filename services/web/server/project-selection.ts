import type { WebContext } from './context.ts';
import { badField } from './refusal.ts';
import { findProject, listProjectNames, type ProjectName } from './store/projects.ts';

/**
 * The projects that a question is about: those named by id or slug (also one that it had), or all of the organization (nothing named, or `-1`).
 *
 * @throws Refusal 400 for one that is not there.
 */
export async function selectProjects(
  context: WebContext,
  organizationId: string,
  named: readonly string[],
): Promise<readonly ProjectName[]> {
  const wanted = named.filter((name) => name !== '');
  if (wanted.length === 0 || wanted.includes('-1')) return listProjectNames(context.database, organizationId);
  const found = await listProjectNames(context.database, organizationId, wanted);
  const known = new Set(found.flatMap((project) => [project.slug, String(project.id)]));
  const renamed: ProjectName[] = [];
  for (const name of new Set(wanted.filter((one) => !known.has(one)))) {
    const project = await findProject(context.database, organizationId, name);
    if (project === undefined) throw badField('project', 'names a project that is not there');
    if (!known.has(project.slug)) renamed.push(project);
    known.add(project.slug);
  }
  return [...found, ...renamed];
}
