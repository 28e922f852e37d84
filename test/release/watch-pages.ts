/** Asks for the pages again and again, each time over a new connection. */
export function watchPages(url: string): {
  finish(): Promise<{ answered: number; failures: Record<string, number> }>;
} {
  const failures: Record<string, number> = {};
  let answered = 0;
  let isRunning = true;
  const running = (async () => {
    while (isRunning) {
      try {
        const answer = await fetch(`${url}/api/0/`, { headers: { connection: 'close' } });
        await answer.arrayBuffer();
        if (answer.status < 500) answered++;
        else failures[answer.status] = (failures[answer.status] ?? 0) + 1;
      } catch (error) {
        const name = String((error as Error).cause ?? error);
        failures[name] = (failures[name] ?? 0) + 1;
      }
    }
  })();
  return {
    finish: async () => {
      isRunning = false;
      await running;
      return { answered, failures };
    },
  };
}
