/** The first descriptor after standard input, output and error: where systemd puts what it hands down. */
const FIRST_FD = 3;

/**
 * The listening socket that whoever started this process has opened for it: the supervisor (`CULPRIT_LISTEN_FD`) or systemd's socket
 * activation (`LISTEN_FDS` and `LISTEN_PID`, which must be this process). It stays open while processes are replaced, so that connections
 * wait in its queue instead of being refused.
 *
 * @returns its descriptor; undefined where there is none and host and port count.
 */
export function inheritedSocket(
  env: Readonly<Record<string, string | undefined>>,
  pid: number = process.pid,
): number | undefined {
  const { CULPRIT_LISTEN_FD: own, LISTEN_FDS: count, LISTEN_PID: owner } = env;
  if (own !== undefined && /^[0-9]{1,4}$/.test(own)) return Number(own);
  return Number(count) >= 1 && Number(owner) === pid ? FIRST_FD : undefined;
}
