import type { SessionCounts } from './queries/sessions.ts';

/** How sessions and people ended; a session that ended in no other way is healthy. */
export type SessionStatus = 'healthy' | 'errored' | 'crashed' | 'abnormal' | 'unhandled';

export type StatusNumbers = Readonly<Record<SessionStatus, number>>;

/** Counted and shown alike: what crashed is not shown as errored, though it is. Nothing is below 0, though updates may come before their first one. */
export function sessionsByStatus(counts: SessionCounts): StatusNumbers {
  const { sessions, all_errored, all_crashed, all_abnormal, all_unhandled } = counts;
  return {
    healthy: Math.max(0, sessions - all_errored),
    errored: Math.max(0, all_errored - all_crashed - all_abnormal - all_unhandled),
    crashed: all_crashed,
    abnormal: all_abnormal,
    unhandled: all_unhandled,
  };
}

/** The same of people: one who had a crash is among the crashed, whatever else they had. */
export function usersByStatus(counts: SessionCounts): StatusNumbers {
  const { all_users, users_errored, users_crashed, users_abnormal, users_unhandled } = counts;
  return {
    healthy: Math.max(0, all_users - users_errored),
    errored: Math.max(0, users_errored - users_crashed - users_abnormal - users_unhandled),
    crashed: users_crashed,
    abnormal: users_abnormal,
    unhandled: users_unhandled,
  };
}

/** Share of sessions or people without a crash, a fraction; null where there were none. */
export function crashFreeRate(counts: SessionCounts, of: 'session' | 'user'): number | null {
  const [total, crashed] =
    of === 'session' ? [counts.sessions, counts.all_crashed] : [counts.all_users, counts.users_crashed];
  return total === 0 ? null : Math.max(0, 1 - crashed / total);
}
