/** What may be told of an error, in logs and reports: nothing that could quote an event. */
export interface ErrorFacts {
  readonly type: string;
  readonly code: string | undefined;
  /** What of the message is known to be ours or the system's; '' when nothing is. */
  readonly message: string;
  /** Lines of the stack as V8 writes them, newest call first, without message: `at name (file:line:column)`. */
  readonly stack: readonly string[];
  readonly cause: ErrorFacts | undefined;
}

const MOST_CAUSES = 5;
const MOST_FRAMES = 50;
const LONGEST_MESSAGE = 500;
const LONGEST_NAME = 100;

/** Thrown by the engine or by zod over values that came from anywhere; their messages quote them. */
const QUOTING = new Set([
  'SyntaxError',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'URIError',
  'EvalError',
  'ZodError',
  '$ZodError',
]);
/** Beginnings and ends of the engine's messages that are the same whatever the values. */
const CONSTANT_STARTS = [
  'Cannot read properties of undefined',
  'Cannot read properties of null',
  'Cannot set properties of undefined',
  'Cannot set properties of null',
  'Cannot convert undefined or null to object',
  'Assignment to constant variable',
  'Maximum call stack size exceeded',
  'Invalid array length',
  'Invalid string length',
  'Invalid time value',
  'Invalid URL',
  'Array buffer allocation failed',
  'URI malformed',
  'fetch failed',
];
const CONSTANT_ENDS = [
  'is not a function',
  'is not iterable',
  'is not defined',
  'is not a constructor',
  'is not valid JSON',
];

/** Describes an error and its causes without values of events. */
export function factsOfError(error: unknown): ErrorFacts {
  return describe(error, 0);
}

function describe(error: unknown, depth: number): ErrorFacts {
  if (!(error instanceof Error)) {
    return { type: typeof error, code: undefined, message: '', stack: [], cause: undefined };
  }
  const code = codeOf(error);
  return {
    type: error.name.slice(0, LONGEST_NAME),
    code,
    message: messageOf(error, code),
    stack: framesOf(error),
    cause: error.cause === undefined || depth >= MOST_CAUSES ? undefined : describe(error.cause, depth + 1),
  };
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number'
    ? String(code).slice(0, LONGEST_NAME)
    : undefined;
}

function messageOf(error: Error, code: string | undefined): string {
  const { name } = error;
  const message = error.message.slice(0, LONGEST_MESSAGE);
  if (QUOTING.has(name)) return constantPartOf(message);
  // A data exception of PostgreSQL quotes the value that does not fit.
  if (code !== undefined && /^22[0-9A-Z]{3}$/.test(code)) return 'data exception';
  // ClickHouse repeats values and parts of statements, with parameters put in; its error's name stands before the first colon.
  if (code !== undefined && /^[0-9]+$/.test(code)) return /^[A-Z][A-Z0-9_]*(?=:)/.exec(message)?.[0] ?? '';
  const quoted = message.indexOf('DB::Exception');
  return quoted === -1 ? message : message.slice(0, quoted);
}

function constantPartOf(message: string): string {
  const start = CONSTANT_STARTS.find((text) => message.startsWith(text));
  return start ?? CONSTANT_ENDS.find((text) => message.endsWith(text)) ?? '';
}

/** The message may have many lines, one of which may look like a frame: what stands before its end is not looked at. */
function framesOf(error: Error): readonly string[] {
  const { message } = error;
  let stack = typeof error.stack === 'string' ? error.stack : '';
  const start = message === '' ? -1 : stack.indexOf(message);
  if (start !== -1) stack = stack.slice(start + message.length);
  else if (message.includes('\n')) return [];
  return stack
    .split('\n', MOST_FRAMES * 2)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MOST_FRAMES);
}

/** The facts as pino writes them under `err`. */
export function loggedError(error: unknown): object {
  const facts = factsOfError(error);
  return {
    type: facts.type,
    ...(facts.code === undefined ? {} : { code: facts.code }),
    message: facts.message,
    stack: stackText(facts),
  };
}

function stackText(facts: ErrorFacts): string {
  const code = facts.code === undefined ? '' : ` [${facts.code}]`;
  const head = `${facts.type}${code}${facts.message === '' ? '' : `: ${facts.message}`}`;
  const own = [head, ...facts.stack.map((line) => `    ${line}`)].join('\n');
  return facts.cause === undefined ? own : `${own}\ncaused by ${stackText(facts.cause)}`;
}
