import { createHash, randomBytes } from 'node:crypto';
import { type Queryable, sql } from '@culprit/postgres';

export interface TokenFacts {
  /** Unix milliseconds. */
  readonly now: number;
  /** Origin that clients use, no path: clients refuse to send the token anywhere else. */
  readonly publicUrl: string;
  /** Slug. */
  readonly organization: string;
}

/**
 * An API token in the form that Sentry's clients read: `sntrys_` + base64 JSON + `_` + 43 characters (256 bits). The JSON is padded standard
 * base64, without which sentry-cli does not find organization and URL in it.
 */
export function mintToken({ now, publicUrl, organization }: TokenFacts): string {
  const url = new URL(publicUrl).origin;
  const facts = JSON.stringify({ iat: now / 1000, url, region_url: url, org: organization });
  const secret = randomBytes(32).toString('base64').replace('=', '');
  return `sntrys_${Buffer.from(facts).toString('base64')}_${secret}`;
}

/** What is stored of a token. It has 256 random bits, so a fast hash is enough. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export interface NewApiToken {
  readonly organizationId: string;
  /** Null: the token belongs to the organization, not to a person. */
  readonly userId: string | null;
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
}

export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly last_characters: string;
  readonly scopes: readonly string[];
  readonly created_at: Date;
}

/** Stores a token by its hash. A token that is there already is left as it is. */
export async function insertApiToken(db: Queryable, token: NewApiToken): Promise<ApiTokenRow | undefined> {
  return db.maybeOne<ApiTokenRow>(sql`
    insert into api_tokens (organization_id, user_id, name, token_hash, last_characters, scopes, created_at)
    values (${token.organizationId}, ${token.userId}, ${token.name}, ${hashToken(token.token)},
            ${token.token.slice(-4)}, ${token.scopes}::text[], ${token.createdAt})
    on conflict (token_hash) do nothing
    returning id, name, last_characters, scopes, created_at`);
}
