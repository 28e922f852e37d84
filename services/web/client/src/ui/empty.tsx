import type { ReactNode } from 'react';

/** Nothing there, how we know, and what to do next. */
export function Empty({
  title,
  children,
  actions,
  isPage = false,
}: {
  title: string;
  /** Whether it stands for a whole page. */
  isPage?: boolean;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="empty">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children !== undefined && <div className="q">{children}</div>}
      {actions !== undefined && <div className="flex wraps">{actions}</div>}
    </div>
  );
}
