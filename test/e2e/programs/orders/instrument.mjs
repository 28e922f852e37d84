import * as Sentry from '@sentry/node';

// Loaded before the program, as the SDK's documentation says; DSN, release and environment come from SENTRY_* variables.
Sentry.init({ serverName: 'orders-1', initialScope: { tags: { region: 'eu-north' } } });
