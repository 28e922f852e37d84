import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from '@culprit/protocol';
import type { Admission, Reading } from '../admission.ts';
import type { BodyLimits } from './read-body.ts';

export interface Discarded {
  readonly ok: true;
  readonly wireBytes: number;
}

/** Reads a body to its end and keeps nothing of it. */
export function discardBody(
  raw: IncomingMessage,
  limits: BodyLimits,
  admission: Admission,
): Promise<Discarded | Refusal | 'aborted'> {
  return new Promise((resolve) => {
    let wireBytes = 0;
    const finish = (result: Discarded | Refusal | 'aborted'): void => {
      clearTimeout(timer);
      admission.endReading(reading);
      raw.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      raw.resume();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      wireBytes += chunk.length;
      timer.refresh();
      if (wireBytes > limits.maxBytes) finish(refuse(413, 'envelope exceeded size limits', 'too_large'));
    };
    const onEnd = (): void => finish({ ok: true, wireBytes });
    const onClose = (): void => finish('aborted');
    const reading: Reading = { giveUp: () => finish(refuse(408, 'body came too slowly', 'timeout')) };
    const timer = setTimeout(() => reading.giveUp(), limits.idleMs);
    admission.beginReading(reading);
    raw.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    if (raw.destroyed) onClose();
  });
}
