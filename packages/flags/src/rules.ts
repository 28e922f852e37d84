import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Whom a flag is on for; any rule that fits switches it on. Once there are rules, the flag's default no longer counts. */
export const flagRules = z.object({
  /** true: on for all. false: off for all, whatever else is said. */
  everywhere: z.boolean().optional(),
  /** Organization ids, decimal text. */
  organizations: z.array(z.string()).max(10_000).optional(),
  projects: z.array(z.number().int()).max(10_000).optional(),
  /** 0 … 100, in steps of 0.01: a stable share of the projects (or of the organizations, or users, where no project is at hand). */
  percentage: z.number().min(0).max(100).optional(),
  /** On for people who run this installation. */
  staff: z.boolean().optional(),
});
export type FlagRules = z.output<typeof flagRules>;

/** Who asks. */
export interface FlagSubject {
  readonly organizationId?: string;
  readonly projectId?: number;
  readonly userId?: string;
  readonly isStaff?: boolean;
}

/** Whether rules switch a flag on for somebody. */
export function isOnByRules(name: string, rules: FlagRules, subject: FlagSubject): boolean {
  if (rules.everywhere !== undefined) return rules.everywhere;
  const { organizationId, projectId } = subject;
  return (
    (rules.staff === true && subject.isStaff === true) ||
    (organizationId !== undefined && rules.organizations?.includes(organizationId) === true) ||
    (projectId !== undefined && rules.projects?.includes(projectId) === true) ||
    isInShare(name, rules.percentage ?? 0, subject)
  );
}

/** Raising the percentage only adds subjects; two flags do not pick the same ones. */
function isInShare(name: string, percentage: number, subject: FlagSubject): boolean {
  const unit =
    subject.projectId !== undefined
      ? `project:${subject.projectId}`
      : subject.organizationId !== undefined
        ? `organization:${subject.organizationId}`
        : subject.userId !== undefined
          ? `user:${subject.userId}`
          : undefined;
  if (unit === undefined) return percentage >= 100;
  const digest = createHash('sha256').update(`${name}\n${unit}`).digest();
  return digest.readUInt32BE(0) % 10_000 < percentage * 100;
}
