import type { EventDetail, EventFrame, IssueDetail } from '@culprit/api';
import { breadcrumbsOf } from './breadcrumbs.tsx';
import { crumbText } from './crumb-text.ts';
import { placeOf } from './frame-view.tsx';
import { tracesOf } from './stack-trace.tsx';

const MOST_FRAMES = 30;
const MOST_CRUMBS = 15;

function frameLine(frame: EventFrame): string {
  const line = frame.lineNo === null ? '' : `:${frame.lineNo}`;
  return `  at ${frame.function ?? '<anonymous>'} (${placeOf(frame)}${line})${frame.inApp ? '' : ' [library]'}`;
}

/** A fence that the text cannot close. */
function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function traceText(event: EventDetail): string {
  const { exceptions, bare } = tracesOf(event);
  const traces = exceptions.map(
    ({ type, value, stacktrace }, i) =>
      `${i === 0 ? '' : 'Caused by: '}${type ?? 'Error'}: ${value ?? ''}\n${(stacktrace?.frames ?? [])
        .toReversed()
        .slice(0, MOST_FRAMES)
        .map(frameLine)
        .join('\n')}`,
  );
  const rest =
    bare === undefined ? [] : [bare.frames.toReversed().slice(0, MOST_FRAMES).map(frameLine).join('\n')];
  return [...traces, ...rest].join('\n');
}

/** An issue with one event, to paste into a ticket or hand to a colleague. */
export function issueMarkdown(issue: IssueDetail, event: EventDetail): string {
  const crumbs = breadcrumbsOf(event).slice(-MOST_CRUMBS);
  const facts = [
    ['Issue', `${issue.shortId} ${issue.permalink}`],
    ['People', String(issue.userCount)],
    ['Events', issue.count],
    [
      'First seen',
      `${issue.firstSeen}${issue.firstDeploy === null ? '' : `, deploy #${issue.firstDeploy.number}`}`,
    ],
    ['Release', event.release?.version ?? 'none'],
    ['Environment', event.environment ?? 'none'],
  ];
  return [
    `# ${issue.title}`,
    '',
    ...facts.map(([name, value]) => `- ${name}: ${value}`),
    '',
    fenced(traceText(event)),
    ...(crumbs.length === 0
      ? []
      : [
          '',
          '## Before the error',
          '',
          fenced(
            crumbs
              .map((crumb) => {
                const { kind, text, result } = crumbText(crumb);
                return `${crumb.timestamp ?? ''} ${kind} ${text} ${result}`.trim();
              })
              .join('\n'),
          ),
        ]),
    '',
  ].join('\n');
}
