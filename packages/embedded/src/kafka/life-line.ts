import { spawn } from 'node:child_process';

/** In steps of half a second. */
const PATIENCE = 20;

/**
 * Ties a process that knows nothing of us to our life: a shell waits for the end of a pipe that closes with this process, however it ends, and then ends the other.
 * Call the function that is returned once that other process is gone.
 */
export function tieToOurLife(pid: number): () => void {
  const script = `
    read -r _
    kill -TERM ${pid}
    for _ in $(seq ${PATIENCE}); do
      sleep 0.5
      kill -0 ${pid} || exit
    done
    kill -KILL ${pid}`;
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.once('error', () => {}); // then the next start on the folder ends what is left
  shell.stdin.once('error', () => {});
  return () => {
    shell.kill('SIGKILL');
  };
}
