import * as Sentry from '@sentry/node';
import type { Customer } from './shop.ts';

/** Runs one request of a customer the way a web framework does: in a scope of its own, and what is thrown is reported as unhandled. */
export async function request(
  customer: Customer,
  route: string,
  tags: Readonly<Record<string, string>>,
  handler: () => unknown,
): Promise<void> {
  await Sentry.withIsolationScope(async (scope) => {
    scope.setUser({ id: customer.id, email: customer.email, username: customer.username });
    scope.setTags({ ...tags, 'customer.country': customer.country });
    scope.setTransactionName(route);
    scope.addBreadcrumb({ category: 'auth', message: 'session found', data: { since: 'cookie' } });
    scope.addBreadcrumb({
      category: 'http',
      type: 'http',
      data: { method: 'GET', url: '/basket', status_code: 200 },
    });
    try {
      await handler();
    } catch (error) {
      Sentry.captureException(error, { mechanism: { type: 'shop.router', handled: false } });
    }
  });
}
