import { useEffect, useRef } from 'react';
import { useApp } from '../app/app-context.tsx';
import type { Shortcut } from './shortcuts.ts';

/** Keys that are live while the component stands. What they do may change with each render; which keys there are may not. */
export function useShortcuts(wanted: readonly Shortcut[]): void {
  const { shortcuts } = useApp();
  const latest = useRef(wanted);
  useEffect(() => {
    latest.current = wanted;
  });
  const names = wanted.map(({ keys, label }) => `${keys}\t${label}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new list of keys is told by their names; their actions by the ref.
  useEffect(
    () =>
      shortcuts.add(
        latest.current.map((shortcut, i) => ({ ...shortcut, run: () => latest.current[i]?.run() })),
      ),
    [shortcuts, names],
  );
}
