import type { Route } from '../server/access/route.ts';
import { apiRoutes } from '../server/routes.ts';

const patterns = apiRoutes.flatMap((route) =>
  route.paths.map((path) => ({ route, pattern: new RegExp(`^${path.replace(/:[A-Za-z]+/g, '[^/]+')}$`) })),
);

/** @throws Error where a success is not what its route says that it answers: the description of the API would lie. */
export function checkDeclaredAnswer(
  method: string,
  url: string,
  answer: { readonly status: number; readonly body: unknown },
): void {
  const route = routeOf(method, url);
  if (route === undefined || answer.status >= 300) return;
  const declared = route.answers[answer.status];
  const what = `${method} ${url} answered ${answer.status}`;
  if (declared === undefined) throw new Error(`${what}, which its route does not name`);
  if (declared === null || typeof declared === 'string') {
    if (answer.body !== undefined) throw new Error(`${what} with JSON that its route does not name`);
    return;
  }
  const { error } = declared.safeParse(answer.body);
  if (error !== undefined) throw new Error(`${what} with another body than its route says: ${error.message}`);
}

/** Of two that fit, the one with more words and fewer parameters, as the router chooses. */
function routeOf(method: string, url: string): Route | undefined {
  const path = `${url.split('?', 1)[0]}/`.replace(/\/+$/, '/').replace(/\.json\/$/, '.json');
  const fitting = patterns.filter(({ route, pattern }) => route.method === method && pattern.test(path));
  return fitting.sort((a, b) => parametersOf(a.pattern) - parametersOf(b.pattern))[0]?.route;
}

function parametersOf(pattern: RegExp): number {
  return pattern.source.split('[^').length;
}
