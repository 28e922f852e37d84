import type { ReactNode } from 'react';

/** Code that scrolls inside of itself, and can be reached by keys for that. */
export function CodeBlock({
  name,
  className,
  children,
}: {
  name: string;
  className: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is a group for its name only; nothing in it is a field.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <pre role="group" className={className} tabIndex={0} aria-label={name}>
      {children}
    </pre>
  );
}
