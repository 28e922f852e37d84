export * from './event.ts';
export * from './ids.ts';
export * from './log-record.ts';
export * from './outcome.ts';
