import type { SentEvent } from './recorder.ts';

type Loose = Readonly<Record<string, unknown>>;

/**
 * The event that shall be stored for one that a JavaScript SDK sent: what normalization adds or reshapes is written down here a second time,
 * for these SDKs only; everything else must come back as it was sent. `received`, `project` and `key_id` are the server's.
 */
export function storedFormOf(sent: SentEvent): Loose {
  const {
    exception,
    breadcrumbs,
    tags,
    contexts,
    server_name: server,
    message,
    request,
    ...same
  } = sent as Loose;
  const allTags = { ...(tags as Loose), ...(server === undefined ? {} : { server_name: server }) };
  return {
    ...same,
    type: 'error',
    version: '7',
    exception: { values: (exception as { values: Loose[] }).values.map(storedException) },
    breadcrumbs: {
      values: (breadcrumbs as Loose[]).map((crumb) => ({ type: 'default', level: 'info', ...crumb })),
    },
    tags: Object.entries(allTags).sort(([a], [b]) => (a < b ? -1 : 1)),
    contexts: Object.fromEntries(
      Object.entries(contexts as Record<string, Loose>).map(([name, context]) => [
        name,
        { ...(name === 'trace' ? { status: 'unknown' } : {}), ...context, type: name },
      ]),
    ),
    ...(message === undefined ? {} : { logentry: { formatted: message } }),
    ...(request === undefined ? {} : { request: storedRequest(request as Loose) }),
  };
}

/** The query is kept beside the address, as pairs; headers are pairs. */
function storedRequest(request: Loose): Loose {
  const url = new URL(String(request.url));
  return {
    ...request,
    url: `${url.origin}${url.pathname}`,
    query_string: [...url.searchParams],
    headers: Object.entries(request.headers as Loose),
  };
}

function storedException(exception: Loose): Loose {
  const { frames } = exception.stacktrace as { readonly frames: readonly Loose[] };
  return { ...exception, stacktrace: { frames: frames.map(storedFrame) } };
}

/** A frame that says only `filename` means its absolute path; `?` is no function. Of a URL the file is the path. */
function storedFrame(frame: Loose): Loose {
  const { function: name, ...rest } = frame;
  const file = String(frame.filename);
  return {
    ...rest,
    ...(name === '?' ? {} : { function: name }),
    abs_path: file,
    filename: URL.canParse(file) && file.startsWith('http') ? new URL(file).pathname : file,
  };
}
