/** Codes of ClickHouse's own list that the façade gives itself. */
const errorNames = {
  BAD_ARGUMENTS: 36,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  UNKNOWN_SETTING: 115,
  REQUIRED_PASSWORD: 194,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  QUERY_IS_TOO_LARGE: 229,
  QUERY_WAS_CANCELLED: 394,
  AUTHENTICATION_FAILED: 516,
  CANNOT_DECOMPRESS: 271,
  STD_EXCEPTION: 1001,
} as const;

type ErrorName = keyof typeof errorNames;

/** An answer in ClickHouse's manner: HTTP status, `X-ClickHouse-Exception-Code` and `Code: n. DB::Exception: … (NAME)`. */
export class QueryError extends Error {
  readonly code: number;
  readonly status: number;

  constructor(options: { code: number; message: string; status?: number; cause?: unknown }) {
    super(options.message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status ?? statusOf(options.code);
  }
}

export function refuse(name: ErrorName, text: string, status?: number): QueryError {
  const code = errorNames[name];
  return new QueryError({
    code,
    message: `Code: ${code}. DB::Exception: ${text} (${name})`,
    ...(status === undefined ? {} : { status }),
  });
}

/**
 * What the engine threw, with the code that stands in its message.
 *
 * @param prefix how many signs stood before the client's own text in the first line
 */
export function toQueryError(cause: unknown, prefix = 0): QueryError {
  if (cause instanceof QueryError) return cause;
  const text = withoutPrefix(cause instanceof Error ? cause.message : String(cause), prefix);
  const code = /^Code: (\d{1,5})\./.exec(text)?.[1];
  if (code !== undefined) return new QueryError({ code: Number(code), message: text, cause });
  return new QueryError({
    code: errorNames.STD_EXCEPTION,
    message: `Code: ${errorNames.STD_EXCEPTION}. DB::Exception: ${text} (STD_EXCEPTION)`,
    cause,
  });
}

/** Places in a syntax error are counted in the client's text. */
function withoutPrefix(message: string, prefix: number): string {
  const moved = (_match: string, before: string, place: string): string =>
    `${before}${Number(place) - prefix}`;
  return message.replace(/(failed at position )(\d{1,9})/, moved).replace(/(\(line 1, col )(\d{1,9})/, moved);
}

const statuses: readonly (readonly [status: number, codes: readonly number[]])[] = [
  [400, [6, 25, 26, 27, 38, 41, 53, 62, 69, 72, 117, 130, 321, 456, 457]],
  [401, [194]],
  [403, [516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 81, 115]],
  [408, [76, 209]],
  [413, [229]],
  [501, [48]],
  [503, [202]],
];

/** As `HTTPHandler` of the server maps exceptions to statuses; 500 for the rest. */
function statusOf(code: number): number {
  return statuses.find(([, codes]) => codes.includes(code))?.[0] ?? 500;
}
