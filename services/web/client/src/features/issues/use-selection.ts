import { useCallback, useRef, useState } from 'react';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  toggle(id: string, isRange: boolean): void;
  setAll(isSelected: boolean): void;
  clear(): void;
}

/** Which rows are ticked; with shift from the last one on. */
export function useSelection(order: readonly string[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string>(undefined);
  const latest = useRef(order);
  latest.current = order;
  const toggle = useCallback((id: string, isRange: boolean): void => {
    const from = latest.current.indexOf(last.current ?? '');
    const to = latest.current.indexOf(id);
    last.current = id;
    setIds((before) => {
      const next = new Set(before);
      if (isRange && from >= 0 && to >= 0) {
        for (const one of latest.current.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
      } else if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  return {
    ids,
    toggle,
    setAll: (isSelected) => setIds(new Set(isSelected ? order : [])),
    clear: () => setIds(new Set()),
  };
}
