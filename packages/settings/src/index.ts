export type {
  AttachmentSettings,
  ProjectSettings,
  SecurityReportSettings,
} from './project-settings.ts';
export { DEFAULT_REASONS, quotaListSchema, quotaOfKey, quotaSchema } from './quota.ts';
export {
  DEFAULT_SETTINGS,
  DEFAULT_STORED,
  type ReadSettings,
  readProjectSettings,
  readStoredSettings,
} from './read-settings.ts';
export { editableSettingsSchema, type StoredSettings } from './stored-settings.ts';
