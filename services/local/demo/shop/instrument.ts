import * as Sentry from '@sentry/node';

// Loaded before the shop: node --import ./instrument.ts server.ts. DSN, release and environment come from SENTRY_* variables.
Sentry.init({ serverName: 'shop-1' });
