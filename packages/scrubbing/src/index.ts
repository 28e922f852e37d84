export { DEFAULT_SCRUBBING, type ScrubbingSettings } from './settings.ts';
