/** What the server answers, asked for when shown and again when wanted. */
import { useCallback, useEffect, useState } from 'react';
import { asked } from '../session/asked.ts';

export interface Asked<T> {
  /** Undefined until the first answer. */
  value: T | undefined;
  failure: string | null;
  again(): Promise<void>;
}

export function useAsked<T>(ask: () => Promise<T>): Asked<T> {
  const [value, setValue] = useState<T>();
  const [failure, setFailure] = useState<string | null>(null);
  const again = useCallback(async () => {
    const answer = await asked(ask());
    if (answer.ok) setValue(answer.value);
    setFailure(answer.ok ? null : answer.refusal.detail);
  }, [ask]);
  useEffect(() => void again(), [again]);
  return { value, failure, again };
}
