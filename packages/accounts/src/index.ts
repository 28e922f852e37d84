export {
  createFirstRun,
  type FirstRun,
  type FirstRunOptions,
  type FirstRunSecrets,
  makeFirstRunSecrets,
} from './first-run.ts';
export { createOrganization, createTeam, type MemberRole, setMember } from './organizations.ts';
export { hashPassword, makePassword, verifyPassword } from './passwords.ts';
export { createProject, createProjectKey, makePublicKey, type ProjectKeyRow } from './projects.ts';
export { ensureSelfProject, noteOwnRelease, type SelfProject } from './self-project.ts';
export { type ApiTokenRow, hashToken, insertApiToken, mintToken, type NewApiToken } from './tokens.ts';
export { createUser, setPassword } from './users.ts';
