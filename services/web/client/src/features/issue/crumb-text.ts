import type { EventBreadcrumb } from '@culprit/api';
import type { IconName } from '../../ui/icon.tsx';
import { valueText } from './value-text.ts';

export interface CrumbText {
  readonly icon: IconName;
  /** What kind of thing happened, in a word. */
  readonly kind: string;
  readonly text: string;
  /** Whether the text is an address, code or a query. */
  readonly isCode: boolean;
  /** What came of it: a status, or how long it took. */
  readonly result: string;
  readonly isBad: boolean;
}

const HTTP = new Set(['http', 'fetch', 'xhr', 'httplib', 'requests']);

function textIn(
  data: Readonly<Record<string, unknown>> | null,
  ...names: readonly string[]
): string | undefined {
  for (const name of names) {
    const value = data?.[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

function ofHttp({ data, message }: EventBreadcrumb): CrumbText {
  const url = textIn(data, 'url', 'http.url') ?? message ?? '';
  const status = textIn(data, 'status_code', 'http.response.status_code', 'status');
  const method = textIn(data, 'method', 'http.request.method') ?? '';
  return {
    icon: 'http',
    kind: 'request',
    text: `${method} ${url}`.trim(),
    isCode: true,
    result: status ?? '',
    isBad: Number(status) >= 400,
  };
}

function plain(crumb: EventBreadcrumb, icon: IconName, kind: string, isCode = false): CrumbText {
  const { message, data } = crumb;
  const rest = data === null || Object.keys(data).length === 0 ? '' : valueText(data);
  return { icon, kind, text: message ?? rest, isCode: isCode || message === null, result: '', isBad: false };
}

/** What a breadcrumb says. SDKs differ in how they say it; what is not known is shown as it came. */
export function crumbText(crumb: EventBreadcrumb): CrumbText {
  const { type, category, level, data } = crumb;
  const name = category ?? '';
  if (type === 'http' || HTTP.has(name)) return ofHttp(crumb);
  if (type === 'navigation' || name === 'navigation') {
    const [from, to] = [textIn(data, 'from'), textIn(data, 'to')];
    const text = from === undefined || to === undefined ? (to ?? crumb.message ?? '') : `${from} → ${to}`;
    return { icon: 'nav', kind: 'page', text, isCode: true, result: '', isBad: false };
  }
  if (name.startsWith('ui.') || type === 'user')
    return plain(crumb, 'click', name.replace('ui.', '') || 'user', true);
  if (type === 'query' || name === 'query' || name.startsWith('db')) return plain(crumb, 'db', 'query', true);
  const isLoud = level === 'warning' || level === 'error' || level === 'fatal';
  if (name === 'console') return plain(crumb, 'term', isLoud ? level : 'console');
  return plain(crumb, isLoud ? 'boom' : 'info', name === '' || name === 'default' ? level : name);
}
