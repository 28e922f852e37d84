import { openToolContext } from './tool-context.ts';
import { verify } from './verify/verify.ts';

// `culprit verify [--repair]`: exit code 0 when all agrees or was mended, 1 when something is left.
const repair = process.argv.includes('--repair');
const tools = await openToolContext('verify');
try {
  const report = await verify(tools.log, tools.context, {
    repair,
    onProgress: (message) => process.stdout.write(`${message}\n`),
  });
  for (const { project, what, expected, found, isMended } of report.findings) {
    process.stdout.write(
      `${isMended ? 'mended ' : ''}${project}: ${what}: expected ${expected}, found ${found}\n`,
    );
  }
  for (const { topic, partition, first, next, acceptedAt, acceptedBy } of report.losses) {
    process.stdout.write(
      `partition ${partition} of ${topic}: records ${first} to ${next - 1} were lost in the log, given up at ${acceptedAt.toISOString()} by ${acceptedBy}\n`,
    );
  }
  const open = report.findings.filter((finding) => !finding.isMended).length;
  process.stdout.write(
    report.findings.length === 0
      ? `All counters agree with ${report.rows} events in ${report.issues} issues.\n`
      : `${report.findings.length} differences, ${open} left.${open > 0 && !repair ? ' Run again with --repair to mend counters.' : ''}\n`,
  );
  process.exitCode = open > 0 ? 1 : 0;
} finally {
  await tools.close();
}
