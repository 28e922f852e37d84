import type { z } from 'zod';

/** The environment does not fit; the message names each variable and what was expected. */
export class ConfigError extends Error {
  readonly code = 'config';
}

/**
 * Parses a service's configuration once. Empty variables count as absent: a shell's `X= npm start` means "not set".
 *
 * @throws ConfigError naming every variable that does not fit, never its value (it may be a secret).
 */
export function parseConfig<T extends z.ZodType>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`Check these environment variables:\n  ${problems.join('\n  ')}`);
}
