import { Outlet } from '@tanstack/react-router';
import { ShortcutsDialog } from '../keyboard/shortcuts-dialog.tsx';
import { ToastRegion } from '../ui/toast-region.tsx';

export function Root() {
  return (
    <>
      <Outlet />
      <ToastRegion />
      <ShortcutsDialog />
    </>
  );
}
