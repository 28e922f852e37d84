import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';

const SAID_MS = 2_000;

/** Copies a text and says so in its own place. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <>
      <IconButton
        icon={isCopied ? 'check' : 'copy'}
        label={label}
        onPress={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        {...(className === undefined ? {} : { className })}
      />
      <span className="vh" role="status">
        {isCopied ? 'Copied' : ''}
      </span>
    </>
  );
}
