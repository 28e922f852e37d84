import type { ReactNode } from 'react';

/** Nothing there, how we know, and what to do next. */
export function Empty({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children !== undefined && <div className="q">{children}</div>}
      {actions !== undefined && <div className="flex wraps">{actions}</div>}
    </div>
  );
}
