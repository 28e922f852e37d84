import { useNavigate } from '@tanstack/react-router';
import { useApp } from '../app/app-context.tsx';
import type { Theme } from '../app/preferences.ts';
import { useShortcuts } from '../keyboard/use-shortcuts.ts';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

/** Moves the focus to the search field of the page, where it has one. */
function focusSearch(): void {
  const input = document.querySelector('search input');
  if (input instanceof HTMLInputElement) {
    input.focus();
    input.select();
  }
}

/** Keys of every page. */
export function useShellShortcuts(org: string, isStaff: boolean): void {
  const { preferences } = useApp();
  const navigate = useNavigate();
  const change = (part: Partial<ReturnType<typeof preferences.get>>): void =>
    preferences.set({ ...preferences.get(), ...part });
  const goTo = 'Go to';
  const anywhere = 'Anywhere';
  useShortcuts([
    { keys: '/', label: 'Search this page', group: anywhere, run: focusSearch },
    {
      keys: 't',
      label: 'Theme: system, light, dark',
      group: anywhere,
      run: () => change({ theme: NEXT_THEME[preferences.get().theme] }),
    },
    {
      keys: 'z',
      label: 'UTC or local time',
      group: anywhere,
      run: () => change({ zone: preferences.get().zone === 'UTC' ? 'local' : 'UTC' }),
    },
    {
      keys: 'g i',
      label: 'Issues',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/issues', params: { org } }),
    },
    {
      keys: 'g d',
      label: 'Deploys',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/deploys', params: { org } }),
    },
    {
      keys: 'g p',
      label: 'People',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/people', params: { org } }),
    },
    {
      keys: 'g o',
      label: 'Outcomes',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/outcomes', params: { org } }),
    },
    {
      keys: 'g u',
      label: 'Set up',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/setup', params: { org } }),
    },
    {
      keys: 'g s',
      label: 'Settings',
      group: goTo,
      run: () => void navigate({ to: '/organizations/$org/settings', params: { org } }),
    },
    ...(isStaff
      ? [
          {
            keys: 'g y',
            label: 'System',
            group: goTo,
            run: () => void navigate({ to: '/organizations/$org/system', params: { org } }),
          },
        ]
      : []),
  ]);
}
