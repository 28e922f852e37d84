import type { User } from '@culprit/protocol';

/** The parts of a user by which a person is looked up. */
export type Identity = Pick<User, 'id' | 'email' | 'username' | 'ip_address'>;

/** By what a person can be looked up: `id:…`, `email:…` (lower case), `username:…`, `ip:…`; in this order. */
export function identitiesOf(user: Identity | null | undefined): string[] {
  const identities: string[] = [];
  if (!user) return identities;
  if (user.id) identities.push(`id:${user.id}`);
  if (user.email) identities.push(`email:${normalEmail(user.email)}`);
  if (user.username) identities.push(`username:${user.username}`);
  if (user.ip_address) identities.push(`ip:${user.ip_address}`);
  return identities;
}

function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** The one identity that names the person: id, else email, else username; undefined for an anonymous user. */
export function personOf(user: Identity | null | undefined): string | undefined {
  if (!user) return undefined;
  if (user.id) return `id:${user.id}`;
  if (user.email) return `email:${normalEmail(user.email)}`;
  return user.username ? `username:${user.username}` : undefined;
}
