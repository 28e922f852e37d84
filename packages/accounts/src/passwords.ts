import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a quarter of a second: OWASP's scrypt table, the row that fits a small machine. */
const COST: Cost = { n: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_MEMORY = 128 * 1024 * 1024;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return `scrypt$${COST.n}$${COST.r}$${COST.p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/**
 * Whether `password` is the one that was hashed. Without a stored hash (no such account) it takes as long and is false, so that time
 * does not tell which accounts exist. Hashes of other costs than today's are verified with theirs.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parseHash(stored);
  const salt = parsed?.salt ?? Buffer.alloc(SALT_BYTES);
  const expected = parsed?.hash ?? Buffer.alloc(HASH_BYTES);
  const actual = await derive(password, salt, expected.length, parsed?.cost ?? COST);
  return timingSafeEqual(actual, expected) && parsed !== undefined;
}

/** A password for a person to copy once: 24 characters, 144 bits. */
export function makePassword(): string {
  return randomBytes(18).toString('base64url');
}

function parseHash(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } | undefined {
  const [name, n, r, p, salt, hash, ...rest] = stored.split('$');
  if (name !== 'scrypt' || salt === undefined || hash === undefined || rest.length > 0) return undefined;
  const cost = { n: Number(n), r: Number(r), p: Number(p) };
  if (!isSaneCost(cost)) return undefined;
  const parsed = { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return parsed.salt.length >= 8 && parsed.hash.length >= 16 && parsed.hash.length <= 64 ? parsed : undefined;
}

function isSaneCost({ n, r, p }: Cost): boolean {
  if (![n, r, p].every((x) => Number.isInteger(x) && x > 0)) return false;
  return n > 1 && Number.isInteger(Math.log2(n)) && p <= 16 && 128 * n * r < MAX_MEMORY;
}

function derive(password: string, salt: Buffer, length: number, { n, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r, p, maxmem: MAX_MEMORY + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
