import type { Account } from '@culprit/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import {
  Button,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components';
import { accountQuery } from '../api/queries.ts';
import { nothingSchema } from '../api/request.ts';
import { useApp, usePreferences } from '../app/app-context.tsx';
import type { Theme } from '../app/preferences.ts';
import { Icon, type IconName } from '../ui/icon.tsx';

const THEMES: readonly (readonly [Theme, string, IconName])[] = [
  ['system', 'As the system', 'screen'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
];

/** `Mara Lindqvist` → `ML`. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter((word) => word !== '');
  const [first = '?', second = ''] = words.map((word) => [...word][0] ?? '');
  return `${first}${second}`.toUpperCase();
}

function useSignOut(): () => void {
  const { api } = useApp();
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: () => api.request(nothingSchema, '/api/0/auth/', { method: 'DELETE' }),
    onSettled: () => {
      queryClient.clear();
      queryClient.setQueryData(accountQuery(api).queryKey, null);
    },
  });
  return () => mutate();
}

/** Who is logged in, theme, keys, and the way out. `inBar`: the small form, where there is no room for a rail. */
export function AccountMenu({ account, inBar = false }: { account: Account; inBar?: boolean }) {
  const { preferences, shortcuts } = useApp();
  const { theme } = usePreferences();
  const signOut = useSignOut();
  const name = account.name === '' ? account.email : account.name;
  const act = (key: string): void => {
    if (key === 'keys') shortcuts.isListed.set(true);
    else if (key === 'out') signOut();
    else preferences.set({ ...preferences.get(), theme: key as Theme });
  };
  return (
    <MenuTrigger>
      <Button className={inBar ? 'btn bare icon show-s' : 'me'}>
        <span className="who" aria-hidden="true">
          {initialsOf(name)}
        </span>
        <bdi className={inBar ? 'vh' : 'clip'}>{name}</bdi>
        <span className="vh">, theme, keys, sign out</span>
        {!inBar && <Icon name="more" className="push" />}
      </Button>
      <Popover className="popover" placement={inBar ? 'bottom end' : 'top start'}>
        <Menu className="pop" aria-label="Account" onAction={(key) => act(String(key))}>
          <MenuSection selectionMode="single" selectedKeys={[theme]} disallowEmptySelection>
            <Header className="t">Theme</Header>
            {THEMES.map(([key, word, icon]) => (
              <MenuItem key={key} id={key} textValue={word}>
                <Icon name={icon} small />
                {word}
                {theme === key && <Icon name="check" small className="push" />}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuItem id="keys" textValue="Keys">
            <Icon name="key" small />
            Keys
            <kbd>?</kbd>
          </MenuItem>
          <MenuItem id="out" textValue="Sign out">
            <Icon name="right" small />
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
