import type { EventFrame } from '@culprit/api';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Icon } from '../../ui/icon.tsx';
import { TonedLine } from '../../ui/toned-line.tsx';
import { valueText } from './value-text.ts';

function Line({ text, isHit, number }: { text: string; isHit: boolean; number: number }) {
  return (
    <span className={isHit ? 'ln hit' : 'ln'}>
      <i>{number}</i>
      <span>
        <TonedLine text={text} />
      </span>
    </span>
  );
}

function Code({ frame, name }: { frame: EventFrame; name: string }) {
  const first = frame.context[0]?.[0] ?? 0;
  const last = frame.context.at(-1)?.[0] ?? 0;
  return (
    <CodeBlock className="code" name={`${name}, lines ${first} to ${last}`}>
      {frame.context.map(([number, text]) => (
        <Line key={number} number={number} text={text} isHit={number === frame.lineNo} />
      ))}
    </CodeBlock>
  );
}

function Variables({ vars }: { vars: Readonly<Record<string, unknown>> }) {
  return (
    <dl className="vars">
      {Object.entries(vars).map(([name, value]) => (
        <div key={name} className="pair-row">
          <dt>{name}</dt>
          <dd>
            <bdi>{valueText(value)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Where a frame is: the file, or the module where there is no file. */
export function placeOf(frame: EventFrame): string {
  return frame.filename ?? frame.absPath ?? frame.module ?? 'unknown file';
}

function Head({ frame }: { frame: EventFrame }) {
  const place = placeOf(frame);
  return (
    <>
      <span className="fn">
        <bdi>{frame.function ?? '<anonymous>'}</bdi>
      </span>
      <span className="at" title={frame.absPath ?? place}>
        <bdi>{place}</bdi>
        {frame.lineNo !== null && (
          <i>
            :{frame.lineNo}
            {frame.colNo === null ? '' : `:${frame.colNo}`}
          </i>
        )}
      </span>
      {!frame.inApp && <span className="qq push">library</span>}
    </>
  );
}

/** One call: its place, and where the SDK sent them its code and variables. */
export function FrameView({ frame, isOpen }: { frame: EventFrame; isOpen: boolean }) {
  const vars = frame.vars !== null && Object.keys(frame.vars).length > 0 ? frame.vars : undefined;
  if (frame.context.length === 0 && vars === undefined) {
    return (
      <div className="frame">
        <div className="still">
          <span className="no-turn" />
          <Head frame={frame} />
        </div>
      </div>
    );
  }
  return (
    <details className="frame" open={isOpen}>
      <summary>
        <Icon name="right" small className="turn" />
        <Head frame={frame} />
      </summary>
      {frame.context.length > 0 && <Code frame={frame} name={placeOf(frame)} />}
      {vars !== undefined && <Variables vars={vars} />}
    </details>
  );
}
